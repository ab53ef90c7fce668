"use strict";
/* Undoes what packed_marks.py did: dots are columns, values of curves are differences of integers. */

/** The marks that one packed mark stands for. */
function unpacked(mark) {
  if (mark.type === "dots") {
    return mark.x.map((x, k) => {
      const [cat, em] = mark.kinds[mark.kind[k]];
      const dot = { type: "dot", cat, x, y: mark.y[k] };
      if (em !== null) dot.em = em;
      if (mark.run[k] >= 0) dot.run = page.ids[mark.run[k]];
      return dot;
    });
  }
  if (!mark.dy) return [mark];
  const { dy, digits, ...curve } = mark;
  let count = 0;
  const values = dy.map((step) => (step === null ? null : Number(`${(count += step)}e${-digits}`)));
  return [{ ...curve, y: values }];
}

for (const figure of Object.values(page.figures)) {
  for (const panel of figure.panels) panel.marks = panel.marks.flatMap(unpacked);
}
