"use strict";
/* A figure in the page: its panels drawn, pointed at with the mouse and walked through with the
   keyboard. Each panel has four layers: the axes, all marks, the marks of the runs that are in (where
   not all are), and what is pointed at with the brushes. The second is the expensive one, with hundreds
   of curves; pointing and selecting only let it step back as a whole and draw it never again. */

const REACH = 48; // px from the mouse within which a mark is pointed at
const KEYS =
  "Up and down arrows go through the runs, left and right along one, Enter isolates it, Escape shows all.";
const NARROWEST_PANEL = 210; // px

/** One panel: `data` never changes, all else is drawn anew for another width. */
class PanelView {
  #elements = new Map();
  #common = [];
  #pixels = null;
  #cursor = null;

  constructor(host, data, key) {
    Object.assign(this, { host, data });
    this.ranges = new RangeAxes(this, key);
    host.addEventListener("pointermove", (event) => this.#moved(event));
    host.addEventListener("pointerleave", () => this.#left());
    host.addEventListener("keydown", (event) => this.#pressed(event));
    host.addEventListener("blur", () => this.#left());
    host.addEventListener("click", (event) => {
      if (!this.ranges.all.length) this.clicked(event);
    });
  }

  draw(width, isAlone) {
    this.#elements.clear();
    this.#common = [];
    this.#pixels = null;
    this.layout = new PanelLayout(this.data, width, isAlone);
    const { marginTop, marginRight, marginBottom, marginLeft, height } = this.layout;
    const margins = { marginTop, marginRight, marginBottom, marginLeft };
    const plot = (marks, more) =>
      Plot.plot({
        ...{ width, height, ...margins, marks },
        x: { ...this.layout.scale("x"), ...more },
        y: { ...this.layout.scale("y"), ...more },
      });
    const axes = plot(this.layout.axes(), {});
    const tag = (node, mark) => this.#tag(node, mark);
    const marks = plot(plotMarks(this.data, tag), { axis: null });
    [this.scaleX, this.scaleY] = ["x", "y"].map((name) => scaleFunction(axes.scale(name)));
    writeAxisLabels(d3.select(axes), this.layout);
    const [front, top] = ["front", "top"].map((name) =>
      d3.create("svg:svg").attr("class", name).attr("viewBox", `0 0 ${width} ${height}`),
    );
    this.chosen = front.append("g");
    this.words = writeLabels(front.append("g"), this.layout, this.scaleX, this.scaleY);
    this.layer = top;
    this.highlights = top.append("g").attr("class", "highlights");
    const layers = [axes, marks, front.node(), top.node()];
    marks.classList.add("marks");
    for (const layer of layers) layer.setAttribute("aria-hidden", "true");
    const title = this.data.title ? [element("p", { class: "panel-title" }, this.data.title)] : [];
    this.host.replaceChildren(...title, element("div", { class: "layers" }, ...layers));
    this.brushes = new Brushes(this);
    this.refresh();
  }

  /** Show which runs are in: all marks step back, and those of these runs stand in front of them. */
  refresh() {
    const isNarrowed = !selection.isEverything;
    const ids = isNarrowed ? this.data.runIds.filter((id) => selection.has(id)) : [];
    const common = isNarrowed ? this.#common : [];
    const nodes = [...common, ...ids.flatMap((id) => this.#elements.get(id) ?? [])];
    this.chosen.node().replaceChildren(...nodes.map((node) => node.cloneNode(true)));
    this.host.classList.toggle("is-narrowed", isNarrowed);
    for (const { node, run } of this.words) {
      node.classList.toggle("out", run !== undefined && !selection.has(run));
    }
    this.brushes.show();
  }

  /** Draw a run's marks once more on top, or nobody's. */
  highlight(id) {
    const copies = (this.#elements.get(id) ?? []).map((node) => node.cloneNode(true));
    this.highlights.node().replaceChildren(...copies);
  }

  /** Isolate the run at the mouse, if there is one; says whether. */
  clicked(event) {
    const place = this.#nearest(event);
    if (place === null) return false;
    selection.isolate(this.data.boxes.mark[place].run);
    return true;
  }

  #tag(node, mark) {
    node.classList.add("mark", mark.type, `is-${mark.em ?? "normal"}`);
    if (mark.run === undefined) this.#common.push(node);
    else if (this.#elements.has(mark.run)) this.#elements.get(mark.run).push(node);
    else this.#elements.set(mark.run, [node]);
  }

  /** The place of the box nearest to the mouse, of a run that is in; null where none is near. */
  #nearest(event) {
    const frame = this.layer.node().getBoundingClientRect();
    const zoom = this.layout.width / frame.width;
    const [x, y] = [(event.clientX - frame.left) * zoom, (event.clientY - frame.top) * zoom];
    const { left, right, top, bottom } = this.#boxesInPixels();
    const { mark } = this.data.boxes;
    let [nearest, least] = [null, REACH * REACH];
    for (let i = 0; i < left.length; i++) {
      const dx = Math.max(left[i] - x, 0, x - right[i]);
      const dy = Math.max(top[i] - y, 0, y - bottom[i]);
      const distance = dx * dx + dy * dy;
      if (distance < least && selection.has(mark[i].run)) [nearest, least] = [i, distance];
    }
    return nearest;
  }

  #boxesInPixels() {
    if (this.#pixels) return this.#pixels;
    const { left, right, low, high } = this.data.boxes;
    const inPixels = (values, scale) => Float32Array.from(values, scale);
    const [x1, x2] = [inPixels(left, this.scaleX), inPixels(right, this.scaleX)];
    const [y1, y2] = [inPixels(low, this.scaleY), inPixels(high, this.scaleY)];
    this.#pixels = {
      left: x1.map((x, i) => Math.min(x, x2[i])),
      right: x1.map((x, i) => Math.max(x, x2[i])),
      top: y1.map((y, i) => Math.min(y, y2[i])),
      bottom: y1.map((y, i) => Math.max(y, y2[i])),
    };
    return this.#pixels;
  }

  #moved(event) {
    const place = event.buttons ? null : this.#nearest(event);
    if (place === null) {
      this.#left();
      return;
    }
    selection.point(this.data.boxes.mark[place].run);
    this.#mark(place);
    tooltip.show(describe(this.data, place), event.clientX, event.clientY);
  }

  #left() {
    selection.point(null);
    tooltip.hide();
  }

  #pressed(event) {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter" && this.#cursor !== null) {
      selection.isolate(this.data.boxes.mark[this.#cursor].run);
    } else if (step) {
      this.#step(step, event.key === "ArrowLeft" || event.key === "ArrowRight");
    } else return;
    event.preventDefault();
  }

  /** Go to another run; or along the curve of this one. */
  #step(step, isAlong) {
    const { mark } = this.data.boxes;
    const at = this.#cursor;
    if (isAlong && at !== null && mark[at].type === "curve") {
      if (mark[at + step] === mark[at]) this.#cursor = at + step;
    } else {
      const ids = this.data.runIds.filter((id) => selection.has(id));
      if (!ids.length) return;
      const now = at === null ? -1 : ids.indexOf(mark[at].run);
      const first = step > 0 ? 0 : ids.length - 1;
      const next = now < 0 ? first : (now + step + ids.length) % ids.length;
      this.#cursor = this.data.placesOf(ids[next]).at(-1) ?? at;
    }
    if (this.#cursor === null) return;
    selection.point(mark[this.#cursor].run);
    this.#mark(this.#cursor);
    const words = describe(this.data, this.#cursor);
    const frame = this.layer.node().getBoundingClientRect();
    const { right, top } = this.#boxesInPixels();
    const zoom = frame.width / this.layout.width;
    tooltip.show(words, frame.left + right[this.#cursor] * zoom, frame.top + top[this.#cursor] * zoom);
    announce(spoken(words));
  }

  /** A ring around what is pointed at. */
  #mark(place) {
    const { left, right, top, bottom } = this.#boxesInPixels();
    const isBar = right[place] - left[place] > 1;
    this.highlights
      .append("circle")
      .attr("class", "ring")
      .attr("cx", isBar ? right[place] : left[place])
      .attr("cy", (top[place] + bottom[place]) / 2)
      .attr("r", 6);
    for (const ring of this.highlights.selectAll(".ring").nodes().slice(0, -1)) ring.remove();
  }
}

/** A figure of the page, in its `<figure class="chart">`. */
class Chart {
  #width = 0;
  #isOnScreen = false;
  #isStale = false;

  constructor(host, figure) {
    this.host = host;
    this.figure = figure;
    this.plot = host.querySelector(".plot");
    this.views = figure.panels.map((panel, place) => {
      const box = element("div", {
        class: "panel",
        tabindex: "0",
        role: "application",
        "aria-roledescription": "chart",
        "aria-label": `${panel.title || figure.title}. ${KEYS}`,
      });
      return new PanelView(box, new PanelData(figure, panel), `${figure.name}/${place}`);
    });
    this.plot.replaceChildren(
      legendOf(figure),
      element("div", { class: "panels" }, ...this.views.map((view) => view.host)),
    );
    selection.onChange(() => {
      this.#isStale = true;
      if (this.#isOnScreen) this.refresh();
    });
    selection.onPoint((id) => {
      if (this.#isOnScreen && this.#width) for (const view of this.views) view.highlight(id);
    });
    const seen = ([entry]) => {
      this.#isOnScreen = entry.isIntersecting;
      if (this.#isOnScreen) this.refresh();
      else if (this.#width) for (const view of this.views) view.highlight(null);
    };
    new IntersectionObserver(seen, { rootMargin: "25%" }).observe(host);
    new ResizeObserver(debounced(() => this.#width && this.draw(), 120)).observe(this.plot);
  }

  /** Show which runs are in, if that changed since it was last shown. */
  refresh() {
    if (this.#isStale && this.#width) for (const view of this.views) view.refresh();
    this.#isStale = false;
  }

  /** Draw for a width in pixels, the one there is now unless said, if it is another than before. */
  draw(width = Math.floor(this.plot.clientWidth)) {
    if (!width || width === this.#width) return;
    this.#width = width;
    const gap = 20;
    const wanted = Math.min(this.figure.columns ?? 1, this.views.length);
    const columns = Math.max(1, Math.min(wanted, Math.floor((width + gap) / (NARROWEST_PANEL + gap))));
    this.plot.style.setProperty("--columns", columns);
    const each = Math.floor((width - gap * (columns - 1)) / columns);
    for (const view of this.views) view.draw(each, columns === 1 && this.views.length === 1);
  }
}

/** What shapes and colours mean, as a list above the panels. */
function legendOf(figure) {
  const keys = figure.legend ?? [];
  const items = keys.map((key) => {
    const category = categoryOf(key, figure);
    const marks = figure.panels.flatMap((panel) => panel.marks).filter((mark) => mark.cat === key);
    const isLine = marks.length && marks.every(({ type }) => type === "rule");
    return element("li", {}, shapeOf(isLine ? { ...category, shape: "line" } : category), category.label);
  });
  return element("ul", { class: "legend", hidden: !items.length }, ...items);
}

/** A category's shape, in its colour, as a small picture. */
function shapeOf(category) {
  const isOpen = OPEN_SHAPES.has(category.shape);
  const svg = d3.create("svg:svg").attr("viewBox", "-7 -7 14 14").attr("aria-hidden", "true");
  const isLine = category.shape === "line";
  const outline = isLine ? "M-7,0H7" : d3.symbol(symbolOf(category), isOpen ? 34 : 44)();
  const path = svg.attr("class", "shape").append("path").attr("d", outline);
  path.style("stroke", colorOf(category)).style("fill", isOpen ? "none" : colorOf(category));
  return svg.node();
}

/** A value to a pixel, and back, of a scale that Plot shows. */
function scaleFunction(scale) {
  return Object.assign((value) => scale.apply(value), { invert: scale.invert });
}
