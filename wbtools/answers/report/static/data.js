"use strict";
/* The page's data, and what every other script needs to write it. Whatever other people wrote (names,
   configurations) is text here: it becomes text nodes, never markup, and never a key of an object. */

const page = JSON.parse(document.getElementById("report-data").textContent);

/** Runs by their id. */
const runs = new Map(Object.entries(page.runs).map(([id, run]) => [id, { id, ...run }]));

/** A run by its id; of a run that the page says nothing of, the id is its name. */
function runOf(id) {
  return runs.get(id) ?? { id, called: id, kind: null, config: {} };
}

/** The category of a mark: what its colour and shape say. A figure may name its own. */
function categoryOf(key, figure = null) {
  const own = figure?.categories?.[key] ?? page.categories[key];
  return own ?? { label: key, color: "#6f7b87", dark: "#93a0ac", shape: "circle" };
}

/** A category's colour for CSS: dark or light as the page is. */
function colorOf(category) {
  const [light, dark] = [category.color, category.dark].map((text) => d3.color(text)?.formatHex());
  return light ? `light-dark(${light}, ${dark ?? light})` : "currentColor";
}

/** A category's shape, as d3 draws it. */
function symbolOf({ shape }) {
  return d3[`symbol${shape[0].toUpperCase()}${shape.slice(1)}`] ?? d3.symbolCircle;
}

/** A number as a reader wants it; anything else as text. */
function readable(value) {
  if (value === null || value === undefined) return "unknown";
  if (typeof value === "object") return JSON.stringify(value);
  if (typeof value !== "number") return String(value);
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return d3.format(",")(value);
  return size < 1e-3 || size >= 1e6 ? d3.format(".3~e")(value) : d3.format(",.4~r")(value);
}

/** `1 run`, `2 runs`. */
function counted(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** An element of HTML with attributes and children; a string becomes a text node. */
function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

/** Let a function run once after a pause in the calls to it. */
function debounced(work, pause) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, pause);
  };
}

const textContext = document.createElement("canvas").getContext("2d");

/** How wide a text is, in pixels, without asking the document to lay itself out. */
function textWidth(text, size = 11) {
  textContext.font = `${size}px system-ui, sans-serif`;
  return textContext.measureText(text).width;
}

/** A text, with an ellipsis where it would be wider than `width` pixels. */
function fitted(text, width, size = 11) {
  if (textWidth(text, size) <= width) return text;
  const characters = [...text.slice(0, 200)];
  let [fits, tooLong] = [0, characters.length];
  while (fits + 1 < tooLong) {
    const middle = (fits + tooLong) >> 1;
    const head = `${characters.slice(0, middle).join("")}…`;
    if (textWidth(head, size) <= width) fits = middle;
    else tooLong = middle;
  }
  return fits ? `${characters.slice(0, fits).join("").trimEnd()}…` : "";
}
