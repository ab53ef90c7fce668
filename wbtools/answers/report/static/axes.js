"use strict";
/* How large a panel is, and what its axes say: Observable Plot's scales and axes for a panel. */

const TICK_SIZE = 11; // px of the font
const LINE = 14; // px between two lines of it
const LONGEST_NAME = 0.36; // of the panel's width, for names left of the y axis
const FEW_ROWS = 6; // named positions of a y axis that have room to spare
const SLANT = -38; // degrees, of names below the x axis where they have no room side by side

/** The size, margins and ticks of a panel that is `width` pixels wide. */
class PanelLayout {
  constructor(panel, width, isAlone) {
    this.panel = panel;
    this.width = width;
    this.xLabel = panel.x.label;
    this.yTicks = ticksOf(panel.y, panel.extent("y"));
    this.xTicks = ticksOf(panel.x, panel.extent("x"));
    const names = d3.max(this.yTicks ?? [], (tick) => textWidth(tick.text, TICK_SIZE)) ?? 30;
    const isLabelled = panel.marks.some(
      (mark) => mark.type === "rule" && mark.label && !mark.horizontal,
    );
    const isUpright = (mark) => mark.type === "interval" && mark.label && !mark.horizontal;
    this.roomOnTop = isLabelled && panel.marks.some(isUpright) ? LINE : 0; // for words of intervals
    this.marginTop = (panel.y.label ? LINE + 10 : 8) + (isLabelled ? LINE : 0) + this.roomOnTop;
    this.marginLeft = Math.ceil(Math.min(width * LONGEST_NAME, Math.max(names, 34)) + 14);
    this.marginRight = this.#roomForLabels();
    this.marginBottom = this.#roomBelow();
    this.height = this.#height(isAlone);
  }

  /** Pixels between the left and the right end of the axes. */
  get plotWidth() {
    return this.width - this.marginLeft - this.marginRight;
  }

  /** Plot's options for the scale of an axis, `x` or `y`. */
  scale(name) {
    const axis = this.panel[name];
    const type = axis.scale === "log" ? "log" : "linear";
    return { type, domain: this.panel.extent(name), reverse: Boolean(axis.reversed), label: null };
  }

  /** Plot's marks of both axes, with faint lines across from where the ticks are. */
  axes() {
    const { panel } = this;
    const height = this.height - this.marginTop - this.marginBottom;
    const y = thinned(this.yTicks, height, TICK_SIZE);
    const x = this.isSlanted ? thinned(this.xTicks, this.plotWidth, LINE) : this.xTicks;
    const xOptions = { ...ticking(x, this.plotWidth / 70), fontSize: TICK_SIZE, tickSize: 4 };
    const yOptions = { ...ticking(y, height / 38), fontSize: TICK_SIZE, tickSize: 0 };
    const longest = this.isSlanted ? this.marginBottom * 1.4 : Infinity;
    if (x) xOptions.tickFormat = (at) => textAt(x, at, longest);
    if (y) yOptions.tickFormat = (at) => textAt(y, at, this.marginLeft - 14);
    if (this.isSlanted) Object.assign(xOptions, { tickRotate: SLANT, textAnchor: "end" });
    const isRunsOnly = panel.y.scale === "names" && this.yTicks.length > height / TICK_SIZE;
    const grid = isRunsOnly ? [] : [Plot.gridY({ ticks: yOptions.ticks, className: "grid" })];
    return [...grid, Plot.axisX(xOptions), Plot.axisY(yOptions)];
  }

  /** Whether the names below the x axis slant. */
  get isSlanted() {
    if (this.panel.x.scale !== "names") return false;
    const room = this.plotWidth / Math.max(1, this.xTicks.length);
    return this.xTicks.some((tick) => textWidth(tick.text, TICK_SIZE) > room - 6);
  }

  #roomForLabels() {
    const end = this.panel.extent("x")[1];
    const isNearEnd = (mark) => d3.max([mark.x ?? mark.at].flat()) > end * 0.7;
    const labels = this.panel.marks.filter(
      (mark) => mark.label && mark.type !== "rule" && mark.type !== "text" && isNearEnd(mark),
    );
    const widest = d3.max(labels, (mark) => textWidth(mark.label, TICK_SIZE)) ?? 0;
    const endTexts = d3.max(this.panel.endTexts, (mark) => textWidth(mark.text, TICK_SIZE)) ?? 0;
    return Math.round(Math.max(Math.min(widest + 16, this.width * 0.28), endTexts && endTexts + 12));
  }

  #roomBelow() {
    const label = this.xLabel ? LINE + 4 : 0;
    if (!this.isSlanted) return 22 + label;
    const widest = d3.max(this.xTicks, (tick) => textWidth(tick.text, TICK_SIZE));
    return Math.min(24 + widest * 0.64, 110) + label;
  }

  #height(isAlone) {
    const margins = this.marginTop + this.marginBottom;
    if (this.panel.y.scale === "names") {
      const rows = this.panel.y.names.length;
      return margins + rows * (rows <= FEW_ROWS ? 36 : Math.min(22, Math.max(2, 640 / rows)));
    }
    const wanted = this.width * (isAlone ? 0.46 : 0.68);
    return Math.round(Math.min(isAlone ? 430 : 300, Math.max(isAlone ? 280 : 210, wanted)));
  }
}

/** The ticks `{at, text}` that an axis asks for; null where the scale finds them. */
function ticksOf(axis, [low, high]) {
  const asked = axis.ticks ?? axis.names?.map((name, at) => [at, name]);
  if (!asked) return null;
  return asked.filter(([at]) => at >= low && at <= high).map(([at, text]) => ({ at, text }));
}

/** Of evenly spread ticks, each second, third, … until there is room for each one's text. */
function thinned(ticks, room, each) {
  if (!ticks) return null;
  const step = Math.ceil((ticks.length * (each + 1)) / Math.max(1, room));
  return ticks.filter((_, place) => place % Math.max(1, step) === 0);
}

/** Plot's choice of ticks: those asked for, or about as many as fit. */
function ticking(ticks, count) {
  if (ticks) return { ticks: ticks.map((tick) => tick.at) };
  return { ticks: Math.max(2, Math.round(count)), tickFormat: shortNumber };
}

function textAt(ticks, at, width) {
  const tick = ticks.find((candidate) => candidate.at === at);
  return tick ? fitted(tick.text, width, TICK_SIZE) : "";
}

/** A number beside a tick: `0.05`, `20k`, `1e−5`. */
function shortNumber(value) {
  const size = Math.abs(value);
  if (size !== 0 && size < 1e-3) return d3.format(".2~e")(value);
  return size >= 10_000 ? d3.format(".3~s")(value) : d3.format(".6~g")(value);
}
