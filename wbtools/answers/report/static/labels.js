"use strict";
/* The words inside of a panel. Each tries a few places beside its mark, and is left out where all of
   them are taken: tooltips and the figure's table say it too. */

const LABEL_ORDER = ["rule", "text", "interval", "dot", "curve", "bar", "ribbon"];

/** Write a panel's words into a group of SVG; `scaleX` and `scaleY` turn values into pixels. Says
    what was written, with the run that it is of: `{node, run}`. */
function writeLabels(group, layout, scaleX, scaleY) {
  const taken = layout.panel.marks
    .filter((mark) => mark.type === "rule" && mark.horizontal)
    .map((mark) => lineBox(scaleY(mark.at), layout));
  const written = [];
  for (const word of wordsOf(layout, scaleX, scaleY)) {
    const place = freePlace(word, taken, layout);
    if (!place) continue;
    taken.push(place.box);
    const node = group.append("text").text(place.text);
    node.attr("x", place.x).attr("y", place.y).attr("text-anchor", place.anchor);
    node.attr("dy", "0.32em").attr("class", `label ${word.kind}`);
    if (word.color) node.style("fill", word.color);
    written.push({ node: node.node(), run: word.mark.run });
  }
  return written;
}

/** The place that a line across the panel takes. */
function lineBox(y, layout) {
  const [left, right] = [layout.marginLeft, layout.width - layout.marginRight];
  return { left, right, top: y - 1, bottom: y + 1 };
}

/** Every word, the most important first, with the places `{x, y, anchor}` that it may stand at. */
function wordsOf(layout, scaleX, scaleY) {
  const { panel } = layout;
  const weight = (mark) =>
    LABEL_ORDER.indexOf(mark.type) - (mark.em === "strong" ? 10 : 0) + (mark.em === "faint" ? 10 : 0);
  const marks = panel.marks.filter((mark) => mark.label || mark.type === "text");
  return d3.sort(marks, weight).flatMap((mark) => {
    const [x, y] = anchorOf(mark, layout, scaleX, scaleY);
    if (!Number.isFinite(x) || !Number.isFinite(y)) return [];
    const isQuiet = mark.type === "text" || mark.type === "rule";
    const color = isQuiet ? null : colorOf(categoryOf(mark.cat, panel.figure));
    return [{ mark, kind: mark.type, text: mark.label || mark.text, color, places: placesFor(mark, x, y) }];
  });
}

/** The pixel beside which a mark's words stand. */
function anchorOf(mark, layout, scaleX, scaleY) {
  const right = layout.width - layout.marginRight;
  switch (mark.type) {
    case "curve": {
      const end = lastPoint(mark);
      return [scaleX(end.x), scaleY(end.y)];
    }
    case "ribbon":
      return [scaleX(mark.x.at(-1)), scaleY((mark.low.at(-1) + mark.high.at(-1)) / 2)];
    case "interval":
      return mark.horizontal
        ? [scaleX(mark.high ?? mark.mid), scaleY(mark.at)]
        : [scaleX(mark.at), scaleY(mark.mid)];
    case "bar":
      return [scaleX(Math.max(mark.start, mark.end)), scaleY(mark.at)];
    case "rule":
      if (mark.horizontal) return [mark.end === undefined ? right : scaleX(mark.end), scaleY(mark.at)];
      return [scaleX(mark.at), layout.marginTop];
    default:
      return [scaleX(mark.x), scaleY(mark.y)];
  }
}

function placesFor(mark, x, y) {
  if (mark.type === "rule" && !mark.horizontal) {
    return [{ x, y: y - 7, anchor: "middle" }];
  }
  if (mark.type === "rule") {
    const above = { x: x - 3, y: y - 7, anchor: "end" };
    return [above, { ...above, y: y + 8 }, { ...above, y: y - 7 - LINE }];
  }
  if (mark.type === "text") {
    return [mark.right ? { x: x - 4, y, anchor: "end" } : { x: x + 4, y, anchor: "start" }];
  }
  const beside = [0, -LINE, LINE, -2 * LINE, 2 * LINE].flatMap((step) => [
    { x: x + 8, y: y + step, anchor: "start" },
    { x: x - 8, y: y + step, anchor: "end" },
  ]);
  return beside.filter((place) => mark.type !== "curve" || place.anchor === "start" || place.y < y);
}

function freePlace(word, taken, layout) {
  for (const place of word.places) {
    const room = place.anchor === "start" ? layout.width - place.x : layout.width;
    const text = fitted(word.text, Math.min(room, layout.width * 0.5), TICK_SIZE);
    const width = textWidth(text, TICK_SIZE);
    const left = place.x - { start: 0, middle: width / 2, end: width }[place.anchor];
    const box = { left, right: left + width, top: place.y - LINE / 2, bottom: place.y + LINE / 2 };
    const isInside =
      left >= 0 && box.right <= layout.width && box.top >= 0 && box.bottom <= layout.height;
    const isFree = taken.every(
      (other) =>
        box.right + 3 < other.left ||
        box.left > other.right + 3 ||
        box.bottom <= other.top + 1 ||
        box.top >= other.bottom - 1,
    );
    if (text && isInside && isFree) return { ...place, text, box };
  }
  return null;
}

/** Write what the axes measure: above the y axis, and right below the x axis. */
function writeAxisLabels(group, layout) {
  const { x, y } = layout.panel;
  const write = (text, at, height, anchor) =>
    group
      .append("text")
      .attr("class", "axis-label")
      .attr("x", at)
      .attr("y", height)
      .attr("text-anchor", anchor)
      .text(fitted(text, layout.width - 4, TICK_SIZE));
  if (y.label) write(y.label, 0, LINE - 2, "start");
  const end = layout.width - layout.marginRight;
  const right = textWidth(x.label, TICK_SIZE) > end ? layout.width : end;
  if (x.label) write(x.label, right, layout.height - 4, "end");
}
