"use strict";
/* The bar that says which runs are in, and the form that selects them without a mouse. */

/** Fill the page's `#filter`; `charts` are all of the page. */
function fillFilterBar(bar, charts) {
  const count = element("p", { class: "count" });
  const chips = element("ul", { class: "chips" });
  const showAll = element("button", { type: "button", class: "show-all" }, "Show all");
  showAll.addEventListener("click", () => selection.clear());
  bar.hidden = false;
  if (!runs.size) return bar.replaceChildren(themeButton());
  bar.replaceChildren(count, chips, showAll, formOf(charts), themeButton());
  const tell = () => {
    const total = counted(runs.size, "run");
    const some = `${selection.count.toLocaleString("en")} of ${total}`;
    count.textContent = selection.isEverything ? `All ${total}` : some;
    chips.replaceChildren(...chipsOf());
    showAll.hidden = selection.isEverything;
    bar.classList.toggle("is-narrowed", !selection.isEverything);
  };
  tell();
  selection.onChange(() => {
    tell();
    announce(`${count.textContent} shown`);
  });
}

/** What is in force, each with a button that lifts it. */
function chipsOf() {
  const chip = (words, lift, ...more) => {
    const button = element("button", { type: "button", "aria-label": `Lift: ${words}` }, "×");
    button.addEventListener("click", lift);
    return element("li", {}, element("span", {}, words), ...more, button);
  };
  const chips = [...selection.filters].map(([key, { words }]) =>
    chip(words, () => selection.filter(key, null)),
  );
  if (selection.isolated === null) return chips;
  const run = runOf(selection.isolated);
  const link = /^https?:/.test(run.url ?? "")
    ? [element("a", { href: run.url, rel: "noopener noreferrer", target: "_blank" }, "W&B")]
    : [];
  return [chip(`run ${shortened(run.called)}`, () => selection.isolate(null), ...link), ...chips];
}

/** The form: a run by its name, or an axis with the ends of a range. */
function formOf(charts) {
  const choices = axesByName(charts);
  const run = element("select", { name: "run" }, element("option", { value: "" }, "all runs"));
  for (const { id, called } of runs.values()) {
    run.append(element("option", { value: id }, shortened(called)));
  }
  run.addEventListener("change", () => {
    if (selection.isolated !== (run.value || null)) selection.isolate(run.value || null);
  });
  selection.onChange(() => {
    run.value = selection.isolated ?? "";
  });
  const axis = element("select", { name: "axis" });
  choices.forEach(({ label }, place) => {
    axis.append(element("option", { value: place }, shortened(label)));
  });
  const ends = element("span", { class: "ends" });
  const offer = () => {
    const options = choices[axis.value]?.options;
    const [from, to] = [endOf("from", options, 0), endOf("to", options, -1)];
    ends.replaceChildren(labelled("from", from), labelled("to", to));
  };
  axis.addEventListener("change", offer);
  offer();
  const submit = element("button", { type: "submit" }, "Filter");
  const byAxis = [labelled("Axis", axis), ends, submit];
  const form = element("form", {}, labelled("Run", run), ...(choices.length ? byAxis : []));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = new FormData(form);
    const end = (name, otherwise) => (fields.get(name) === "" ? otherwise : Number(fields.get(name)));
    const range = d3.extent([end("from", -Infinity), end("to", Infinity)]);
    setRanges([choices[axis.value]], [range.some(Number.isFinite) ? range : null]);
  });
  return element("details", { class: "filter-form" }, element("summary", {}, "Filter"), form);
}

/** The axes that can be filtered by, one of each name: one with all numbers rather than one whose few
    ends have names. */
function axesByName(charts) {
  const all = charts.flatMap(({ views }) => views.flatMap((view) => view.ranges.all));
  const found = new Map();
  for (const axis of all) {
    const known = found.get(axis.label);
    if (axis.label && (!known || (known.options && !axis.options))) found.set(axis.label, axis);
  }
  return [...found.values()];
}

/** The field of one end of a range: a number, or one of the axis's named values. */
function endOf(name, options, place) {
  if (!options) return element("input", { name, type: "number", step: "any", placeholder: "any" });
  const field = element("select", { name });
  for (const { value, text } of options) field.append(element("option", { value }, shortened(text)));
  field.selectedIndex = place === 0 ? 0 : options.length - 1;
  return field;
}

function labelled(words, field) {
  return element("label", {}, element("span", {}, words), field);
}
