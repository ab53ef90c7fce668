"use strict";
/* Brings the page to life: theme, copy buttons, tables, charts, keyboard, print. */

const THEME_KEY = "wbtools-report-theme";
const PAPER_WIDTH = 680; // px between the margins of A4, upright

/** What the reader chose before, where the browser remembers and lets us ask. */
function rememberedTheme() {
  try {
    return localStorage.getItem(THEME_KEY);
  } catch {
    return null;
  }
}

function rememberTheme(theme) {
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // A page from a file may not be allowed to; it then starts as the system is.
  }
}

/** The button between light and dark; the system decides until it is used. */
function themeButton() {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const button = element("button", { type: "button", class: "theme" });
  const tell = () => {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `Show the page ${isDark() ? "light" : "dark"}`);
  };
  const remembered = rememberedTheme();
  if (remembered === "light" || remembered === "dark") root.dataset.theme = remembered;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    rememberTheme(root.dataset.theme);
    tell();
  });
  system.addEventListener("change", tell);
  tell();
  return button;
}

/** Put a text on the clipboard; a page from a file may need the old way. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = element("textarea", { class: "visually-hidden", readonly: true }, text);
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    return isCopied;
  }
}

/** A button beside each command that copies it. */
function addCopyButtons() {
  for (const block of document.querySelectorAll("pre.command")) {
    const button = element("button", { type: "button", class: "copy" }, "Copy");
    button.addEventListener("click", async () => {
      const isCopied = await copyText(block.querySelector("code").textContent);
      button.textContent = isCopied ? "Copied" : "Press Ctrl+C";
      announce(isCopied ? "Command copied" : "The browser does not let this page copy");
      if (!isCopied) getSelection().selectAllChildren(block.querySelector("code"));
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    const holder = element("div", { class: "command-box" });
    block.replaceWith(holder);
    holder.append(block, button);
  }
}

/** Draw all charts: those on screen first, the others when the browser has time; and all of them anew
    for paper, where words would be too small to read if they shrank with the page. */
function drawAll(charts, tables) {
  const waiting = [...charts];
  const drawNext = () => {
    const chart = waiting.shift();
    if (chart) chart.draw();
    if (waiting.length) setTimeout(drawNext);
    else document.documentElement.dataset.state = "ready";
  };
  addEventListener("beforeprint", () => {
    waiting.length = 0;
    for (const chart of charts) {
      chart.draw(PAPER_WIDTH);
      chart.refresh();
    }
    for (const table of tables) table.fitPaper(PAPER_WIDTH);
  });
  addEventListener("afterprint", () => {
    for (const chart of charts) chart.draw();
    for (const table of tables) table.fitPaper(null);
  });
  drawNext();
}

function start() {
  document.body.append(tooltip.box, statusLine);
  const hosts = [...document.querySelectorAll("figure.chart")];
  const charts = hosts.flatMap((host) => {
    const figure = page.figures[host.dataset.figure];
    return figure ? [new Chart(host, figure)] : [];
  });
  const tables = [...document.querySelectorAll("table.sortable")]
    .filter((table) => table.tHead && table.tBodies.length)
    .map((table) => new SortableTable(table));
  addCopyButtons();
  fillFilterBar(document.getElementById("filter"), charts);
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    tooltip.hide();
    selection.point(null);
    if (!selection.isEverything) selection.clear();
  });
  drawAll(charts, tables);
}

start();
