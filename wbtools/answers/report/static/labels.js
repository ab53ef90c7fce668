"use strict";
/* The words inside of a panel. Each tries a few places beside its mark, and is left out where all of
   them are taken: tooltips and the figure's table say it too. */

const CELL = 4; // px
const FARTHER = 0.6; // cells of marks that each less good place is as bad as
const CUT = 12; // the same of a word cut short
const LABEL_ORDER = ["rule", "text", "interval", "dot", "curve", "bar", "ribbon"];

/** Write a panel's words into a group of SVG; `scaleX` and `scaleY` turn values into pixels. Says
    what was written, with the run that it is of: `{node, run}`. */
function writeLabels(group, layout, scaleX, scaleY) {
  const ink = new Ink(layout, scaleX, scaleY);
  const taken = [];
  const written = [];
  for (const word of wordsOf(layout, scaleX, scaleY)) {
    const place = bestPlace(word, taken, ink, layout);
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

/** Where a panel's marks are, in cells of a few pixels: words should not stand on them, and least of
    all on strong ones. */
class Ink {
  constructor(layout, scaleX, scaleY) {
    Object.assign(this, { scaleX, scaleY });
    this.columns = Math.ceil(layout.width / CELL);
    this.rows = Math.ceil(layout.height / CELL);
    this.cells = new Uint8Array(this.columns * this.rows);
    this.ends = [
      [layout.marginLeft, layout.marginTop],
      [layout.width - layout.marginRight, layout.height - layout.marginBottom],
    ];
    for (const mark of layout.panel.marks) this.#add(mark);
  }

  /** How many cells of a box are not empty; those of strong marks count more. */
  within({ left, right, top, bottom }) {
    let count = 0;
    for (let row = this.#row(top); row <= this.#row(bottom - 1); row++) {
      for (let column = this.#column(left); column <= this.#column(right); column++) {
        count += this.cells[row * this.columns + column];
      }
    }
    return count;
  }

  #add(mark) {
    const [x, y] = [this.scaleX, this.scaleY];
    const [[left, top], [right, bottom]] = this.ends;
    this.weight = mark.em === "strong" ? 3 : 1;
    switch (mark.type) {
      case "curve":
        for (let i = 1; i < mark.x.length; i++) {
          const before = mark.step ? mark.y[i - 1] : mark.y[i];
          this.#line(x(mark.x[i - 1]), y(mark.y[i - 1]), x(mark.x[i]), y(before));
          if (mark.step) this.#line(x(mark.x[i]), y(before), x(mark.x[i]), y(mark.y[i]));
        }
        if (mark.end) this.#dot(x(lastPoint(mark).x), y(lastPoint(mark).y), mark.em);
        break;
      case "dot":
        this.#dot(x(mark.x), y(mark.y), mark.em);
        break;
      case "bar":
        this.#line(x(mark.start), y(mark.at), x(mark.end), y(mark.at));
        break;
      case "interval": {
        const [low, high] = [mark.low ?? mark.mid, mark.high ?? mark.mid];
        if (mark.horizontal) this.#line(x(low), y(mark.at), x(high), y(mark.at));
        else this.#line(x(mark.at), y(low), x(mark.at), y(high));
        this.#dot(...(mark.horizontal ? [x(mark.mid), y(mark.at)] : [x(mark.at), y(mark.mid)]), mark.em);
        break;
      }
      case "rule": {
        const at = (scale, value, otherwise) => (value === undefined ? otherwise : scale(value));
        if (mark.horizontal) {
          this.#line(at(x, mark.start, left), y(mark.at), at(x, mark.end, right), y(mark.at));
        } else this.#line(x(mark.at), at(y, mark.start, top), x(mark.at), at(y, mark.end, bottom));
      }
    }
  }

  #dot(x, y, em) {
    const radius = DOT_RADIUS[em];
    for (const down of [-radius, 0, radius]) this.#line(x - radius, y + down, x + radius, y + down);
  }

  #line(x1, y1, x2, y2) {
    if (![x1, y1, x2, y2].every(Number.isFinite)) return;
    const [[left, top], [right, bottom]] = this.ends;
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(x2 - x1), Math.abs(y2 - y1)) / CELL));
    for (let step = 0; step <= Math.min(steps, 2000); step++) {
      const [x, y] = [x1 + ((x2 - x1) * step) / steps, y1 + ((y2 - y1) * step) / steps];
      const isInside = x >= left - CELL && x <= right + CELL && y >= top - CELL && y <= bottom + CELL;
      if (!isInside) continue;
      const cell = this.#row(y) * this.columns + this.#column(x);
      this.cells[cell] = Math.max(this.cells[cell], this.weight);
    }
  }

  #row(y) {
    return Math.max(0, Math.min(this.rows - 1, Math.floor(y / CELL)));
  }

  #column(x) {
    return Math.max(0, Math.min(this.columns - 1, Math.floor(x / CELL)));
  }
}

/** Every word, the most important first, with the places `{x, y, anchor}` that it may stand at. */
function wordsOf(layout, scaleX, scaleY) {
  const { panel } = layout;
  const isFixed = (mark) => mark.type === "text" || (mark.type === "rule" && !mark.horizontal);
  const weight = (mark) =>
    isFixed(mark) ? -20 : LABEL_ORDER.indexOf(mark.type) + { strong: -10, normal: 0, faint: 10 }[mark.em];
  const marks = panel.marks.filter((mark) => mark.label || mark.type === "text");
  return d3.sort(marks, weight).map((mark) => {
    const isQuiet = mark.type === "text" || mark.type === "rule";
    const color = isQuiet ? null : colorOf(categoryOf(mark.cat, panel.figure));
    const all = placesFor(mark, layout, scaleX, scaleY);
    const places = all.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
    const said = { mark, kind: mark.type, text: mark.label || mark.text, isFixed: isFixed(mark) };
    return { ...said, color, places };
  });
}

/** The places where a mark's words may stand, the best first. */
function placesFor(mark, layout, scaleX, scaleY) {
  const right = layout.width - layout.marginRight;
  const gap = DOT_RADIUS[mark.em] * 1.6 + 4; // a star reaches farther than a circle
  switch (mark.type) {
    case "curve": {
      const { x, y } = lastPoint(mark);
      return besides([scaleX(x), scaleY(y)], gap);
    }
    case "ribbon":
      return besides([scaleX(mark.x.at(-1)), scaleY((mark.low.at(-1) + mark.high.at(-1)) / 2)], gap);
    case "interval": {
      const [low, high] = [mark.low ?? mark.mid, mark.high ?? mark.mid];
      if (mark.horizontal) return besides([scaleX(high), scaleY(mark.at)], gap);
      const x = scaleX(mark.at);
      const [bottom, top] = d3.extent([scaleY(low), scaleY(high)]).reverse();
      const beyond = [0, LINE, 2 * LINE].flatMap((step) => [
        { x, y: top - 9 - step, anchor: "middle" },
        { x: x - 6, y: top - 9 - step, anchor: "start" },
        { x, y: bottom + 9 + step, anchor: "middle" },
      ]);
      const onTop = ["middle", "start"].map((anchor) => ({ x, y: layout.marginTop - 7, anchor }));
      const near = besides([x, scaleY(mark.mid)], gap).slice(0, 2);
      return [...near, ...(layout.roomOnTop ? onTop : []), ...beyond];
    }
    case "bar":
      return besides([scaleX(Math.max(mark.start, mark.end)), scaleY(mark.at)], gap);
    case "rule": {
      const top = layout.marginTop - 7 - layout.roomOnTop;
      if (!mark.horizontal) return [{ x: scaleX(mark.at), y: top, anchor: "middle" }];
      const [from, to] = [mark.start, mark.end].map((end) => end && scaleX(end));
      const ends = [
        { x: (to ?? right) - 3, anchor: "end" },
        { x: (from ?? layout.marginLeft) + 3, anchor: "start" },
      ];
      const y = scaleY(mark.at);
      return [y - 8, y + 9, y - 8 - LINE].flatMap((at) => ends.map((end) => ({ ...end, y: at })));
    }
    case "text": {
      const [x, y] = [scaleX(mark.x), scaleY(mark.y)];
      if (layout.panel.endTexts.includes(mark)) return [{ x: layout.width, y, anchor: "end" }];
      return [mark.right ? { x: x - 4, y, anchor: "end" } : { x: x + 4, y, anchor: "start" }];
    }
    default:
      return besides([scaleX(mark.x), scaleY(mark.y)], gap, layout.panel.y.names ? 1 : 3);
  }
}

/** Places around a point: right and left of it, above and below it, and up to some lines farther away, where
    that is no other row. */
function besides([x, y], gap, lines = 3) {
  const steps = [0, ...d3.range(1, lines + 1).flatMap((k) => [-k * LINE, k * LINE])];
  return steps.flatMap((step) => [
    { x: x + (step ? gap - 4 : gap), y: y + step, anchor: "start" },
    { x: x - (step ? gap - 4 : gap), y: y + step, anchor: "end" },
    ...(step ? [{ x, y: y + step, anchor: "middle" }] : []),
  ]);
}

/** Of the places that no other word takes, the one on the fewest marks, and the nearest of these. */
function bestPlace(word, taken, ink, layout) {
  const { width, height, marginLeft, marginTop, marginBottom } = layout;
  let [best, least] = [null, Infinity];
  word.places.forEach((place, order) => {
    const room = place.anchor === "start" ? width - place.x : width;
    const text = fitted(word.text, Math.min(room, width * 0.5), TICK_SIZE);
    const wide = textWidth(text, TICK_SIZE);
    const left = place.x - { start: 0, middle: wide / 2, end: wide }[place.anchor];
    const box = { left, right: left + wide, top: place.y - LINE / 2, bottom: place.y + LINE / 2 };
    const frame = word.isFixed ? [0, 0, height] : [marginLeft, marginTop - LINE, height - marginBottom];
    const isInside =
      box.left >= frame[0] && box.right <= width && box.top >= frame[1] && box.bottom <= frame[2];
    if (!text || !isInside || !taken.every((other) => areApart(box, other))) return;
    const score = ink.within(box) + order * FARTHER + (text === word.text ? 0 : CUT);
    if (score < least) [best, least] = [{ ...place, text, box }, score];
  });
  return best;
}

function areApart(box, other) {
  const isBeside = box.right + 3 < other.left || box.left > other.right + 3;
  return isBeside || box.bottom <= other.top + 1 || box.top >= other.bottom - 1;
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
