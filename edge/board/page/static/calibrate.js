// Calibrates on a frozen frame: two lines, their distance in depth, what is drawn left. Rule 1: nothing is written that was not shown for exactly what
// stands on the page now: any change takes the right to write away. Rule 2: the frozen picture says that it is frozen, and goes with the window.
"use strict";
const STEP_PX = 1, LEAP_PX = 10;
let still = null;  // {size, points, told}: the frozen frame, points in its pixels

async function calibrating(asked) {
  for (const id of ["propose", "write"]) at(id).disabled = true;
  say("told", "asking …");
  let found;
  try {
    const reply = await fetch("/ask", { method: "POST", body: JSON.stringify({ ask: "calibrate", ...asked }), signal: AbortSignal.timeout(30000) });
    found = reply.ok ? await reply.json() : { done: false, text: (await reply.text()).trim() };
  } catch {
    found = { done: false, text: "the board does not answer" };
  }
  say("told", found.text);
  at("propose").disabled = still === null;
  return found.done;
}

async function freeze() {
  still = null;
  at("depth_mm").value = "";
  at("frozen").width = at("frozen").height = 8;
  marked();
  at("calibration").showModal();
  if (!await calibrating({ step: "look" })) return;
  try {
    const content = await (await fetch("/calibration", { cache: "no-store" })).arrayBuffer(), length = new DataView(content).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 4, length)));
    const bitmap = await createImageBitmap(new Blob([new Uint8Array(content, 4 + length)], { type: "image/jpeg" }));
    if (!at("calibration").open) { bitmap.close(); return; }
    [at("frozen").width, at("frozen").height] = header.size;
    at("frozen").getContext("2d").drawImage(bitmap, 0, 0);
    bitmap.close();
    still = header;
    at("propose").disabled = false;
    marked();
  } catch {
    say("told", "the frozen picture did not come: close this, and try again");
  }
}

// the lines lie over the picture at their rows
function marked() {
  for (const number of [0, 1]) {
    const line = at("point" + number);
    line.hidden = still === null;
    if (still === null) continue;
    const [, v] = still.points[number];
    line.style.top = `${100 * (v + .5) / still.size[1]}%`;
    for (const [name, value] of [["min", 0], ["max", still.size[1] - 1], ["now", Math.round(v)]]) line.setAttribute("aria-value" + name, String(value));
  }
}

function moved(number, v) {
  if (still === null) return;
  still.points[number][1] = Math.min(still.size[1] - 1, Math.max(0, v));
  changed();
  marked();
}

function changed() { at("write").disabled = true; }

const rowAt = event => {
  const box = at("frozen").getBoundingClientRect();
  return (event.clientY - box.top) / box.height * still.size[1] - .5;
};

function propose() {
  const depth_mm = at("depth_mm").valueAsNumber, stated = Number.isFinite(depth_mm);
  if (!stated && !still.told) { say("told", "say how far apart in depth the lines are"); return; }
  if (stated && !(depth_mm >= 1 && depth_mm <= 400)) { say("told", "the distance is from 1 to 400 mm"); return; }
  const asked = JSON.stringify([still.points, depth_mm, at("left").value]);
  const points = stated ? still.points.map(each => each.map(value => Math.round(value * 10) / 10)) : null;
  calibrating({ step: "propose", points, depth_mm: stated ? depth_mm : 0, left: at("left").value }).then(done => {
    if (done && still && asked === JSON.stringify([still.points, at("depth_mm").valueAsNumber, at("left").value])) at("write").disabled = false;
  });
}

async function write() {
  if (await calibrating({ step: "write" })) { still = null; at("propose").disabled = true; marked(); }
}

at("calibrate").addEventListener("click", freeze);
at("propose").addEventListener("click", propose);
at("write").addEventListener("click", write);
at("leave").addEventListener("click", () => at("calibration").close());
at("calibration").addEventListener("close", () => { still = null; at("frozen").width = at("frozen").height = 8; marked(); say("told", ""); });
for (const id of ["depth_mm", "left"]) at(id).addEventListener("input", changed);
for (const number of [0, 1]) {
  const line = at("point" + number);
  line.addEventListener("keydown", event => {
    const far = (event.shiftKey ? LEAP_PX : STEP_PX) * ({ ArrowUp: -1, ArrowDown: 1 }[event.key] || 0);
    if (!far || still === null) return;
    event.preventDefault();
    moved(number, still.points[number][1] + far);
  });
  line.addEventListener("pointerdown", event => { event.preventDefault(); line.focus(); line.setPointerCapture(event.pointerId); });
  line.addEventListener("pointermove", event => { if (still !== null && line.hasPointerCapture(event.pointerId)) moved(number, rowAt(event)); });
}
