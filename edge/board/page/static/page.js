// Shows the newest answer. Rule 1: nothing of an answer older than 300 ms by this browser's own clock stays, whatever the network or the board does.
// Rule 2: an age is never told too low: the board's clock is taken as early as the fastest exchange allows. Rule 3: what is drawn on a picture came
// with that picture, and only while the newest numbers point at the same procedure and side.
"use strict";
const OLD_MS = 300;      // nothing of an older answer is shown but its reason
const SILENT_MS = 1500;  // without a newer answer for so long, not that either
const CLOCK_MS = 1000, CLOCKS_KEPT = 30;
const SLOW_BODY_MS = 90, FAST_BODY_MS = 25, FAST_TIMES = 25, LAST_TIER = 2, LEAST_PAUSE_MS = 10, LITTLE_LEFT_MS = 60;
const SHAPES = { // pointing: a disc with a tick; withheld: a triangle; lost: a square with a cross
  pointing: "M12 1a11 11 0 1 0 0 22 11 11 0 0 0 0-22zm-1.6 16.6-4.9-4.9 2.1-2.1 2.8 2.8 6-6 2.1 2.1z",
  withheld: "M12 1 0.5 22.5h23zm-1.3 7.5h2.6v7h-2.6zm0 9h2.6v2.6h-2.6z",
  lost: "M2 2h20v20H2zm5 3.2L5.200 7 10.200 12 5.200 17 7 18.800 12 13.800 17 18.800 18.800 17 13.800 12 18.800 7 17 5.200 12 10.200z",
};
const OF_THE_VIEW = ["wrong_view", "low_confidence", "landmark_missing", "side_unclear", "off_axis", "out_of_reach", "wide_interval"];
const at = id => document.getElementById(id);
const say = (id, text) => { if (at(id).textContent !== text) at(id).textContent = text; };
const words = name => (name || "").replaceAll("_", " ");
const canvas = at("scan"), pen = canvas.getContext("2d");
const now = () => performance.now();

let line = null, retry_ms = 300, mayAsk = false, asking = false;
let clocks = [];         // {trip_ms, offset_ms}: this browser's clock less the board's, at most
let offset_ms = null;
let numbers = null;      // the newest, with oldAt by this browser's clock
let picture = null;      // the one that is drawn
let standing = null;
let catalogue = [];
let timers = [], missing = 0, unpacking = null;

// what is shown

function look(kind, state) {
  document.body.className = kind;
  say("state", state);
  const path = document.querySelector("#shape path");
  if (path.getAttribute("d") !== SHAPES[kind]) path.setAttribute("d", SHAPES[kind]);
}

function dashes() {
  for (const id of ["depth", "angle", "insertion", "lateral", "pivot"]) say(id, "–");
  for (const id of ["depth_error", "angle_error"]) say(id, "");
}

function why(reason, cure) {
  say("reason", reason);
  say("cure", cure);
}

function wanted(reason, procedure) {
  const plan = catalogue.find(each => each.name === procedure);
  const view = plan && OF_THE_VIEW.includes(reason) ? Object.keys(plan.views)[0] : null;
  at("wanted").hidden = !view;
  if (!view || at("wanted").dataset.view === view) return;
  at("wanted").dataset.view = view;
  at("drawing").src = `${view}.svg`;
  at("drawing").alt = `the view that is wanted, drawn from the phantom: ${plan.views[view].map(words).join(", ")}`;
  say("wanted_name", `wanted: ${words(view)} (drawn from the phantom)`);
}

function figure(id, value, unit, signed) {
  const text = (signed && value > 0 ? "+" : "") + value.toFixed(1).replace("-", "−");
  if (unit === "°") { say(id, text + unit); return; }
  const small = document.createElement("small");
  small.textContent = " " + unit;
  at(id).replaceChildren(text, small);
}

function digits(told) {
  figure("depth", told.depth_mm, "mm", false);
  figure("angle", told.angle_deg, "°", true);
  say("depth_error", `± ${told.depth_interval_mm.toFixed(1)} mm`);
  say("angle_error", `± ${told.angle_interval_deg.toFixed(1)} °`);
  figure("insertion", told.insertion_mm, "mm", false);
  figure("lateral", told.lateral_mm, "mm", true);
  at("pivot_row").hidden = told.pivot_mm === null;
  if (told.pivot_mm !== null) figure("pivot", told.pivot_mm, "mm", false);
}

function mirror(screen, withDigits) {
  const text = screen.join("\n");
  say("mirror", withDigits ? text : text.replace(/(?<![A-Za-z])[+-]?\d+(\.\d+)?/g, "–"));
}

function task(told) {
  const plan = catalogue.find(each => each.name === told.procedure);
  say("task", words(told.procedure) + (told.side ? ", patient's " + told.side : "") + (standing ? ", " + words(standing.approach) : "") +
    (told.view && told.view !== "none" ? ` · sees ${words(told.view)} ${told.view_percent} %` : ""));
  say("clinical", plan ? plan.notice : "");
  at("demo").hidden = told.live;
}

function withhold(state, reason, cure) {
  look("withheld", state);
  why(reason, cure);
  dashes();
}

function lost(reason) {
  stopTimers();
  numbers = standing = null;
  wipePicture();
  look("lost", "NO ANSWER");
  why(reason, "");
  dashes();
  at("wanted").hidden = true;
  mirror([], false);
  for (const id of ["task", "clinical"]) say(id, "");
  for (const id of ["link", "age", "fps", "drops", "temperature", "recording", "device"]) say(id, "–");
  for (const id of ["link_item", "temperature_item", "recording_item", "device_item"]) at(id).classList.remove("bad");
  controls();
}

// numbers

function stopTimers() { timers.splice(0).forEach(clearTimeout); }

// no packet need be lost and none need come: each answer ends by its own age
function endAt(told) {
  stopTimers();
  timers.push(setTimeout(ended, Math.max(0, told.oldAt - now())));
  timers.push(setTimeout(() => lost("no newer answer: is tuffier running?"), Math.max(0, told.oldAt + SILENT_MS - OLD_MS - now())));
}

function ended() {
  wipePicture();
  mirror(numbers ? numbers.screen : [], false);
  if (numbers && numbers.state === "pointing") withhold("WITHHELD", "too old", "no newer answer came within 300 ms");
}

function show(told) {
  if (offset_ms === null) return;
  const first = numbers === null, captured = told.captured_ms + offset_ms;
  told.oldAt = captured + OLD_MS;
  numbers = told;
  const fresh = now() < told.oldAt, points = told.state === "pointing" && fresh;
  task(told);
  if (points) {
    look("pointing", "POINTING");
    why("", "");
    digits(told);
  } else if (told.state === "pointing") {
    withhold("WITHHELD", "too old", "this answer came too late: is the network slow?");
  } else {
    withhold("WITHHELD", words(told.reason), told.hint);
  }
  wanted(points ? "" : told.reason, told.procedure);
  mirror(told.screen, points);
  say("age", `${Math.max(0, Math.round(now() - captured))} ms`);
  if (!fresh) wipePicture(); else if (picture && picture.drawn !== overlaid()) draw();
  if (first) bar();
  endAt(told);
  choices();
}

function bar() {
  if (!standing || !numbers) return;
  const hot = standing.hot || standing.under_voltage, link = standing.link;
  say("link", "connected");
  say("fps", `${standing.frames_per_s.toFixed(0)}/s`);
  say("drops", `${standing.overwritten}`);
  say("temperature", standing.temperature_c === null ? "no sensor" : `${standing.temperature_c.toFixed(0)} °C${standing.under_voltage ? ", low supply" : ""}`);
  at("temperature_item").classList.toggle("bad", hot);
  say("recording", standing.recording_trouble || (standing.recording ? `on, ${standing.recorded} frames` : "off"));
  at("recording_item").classList.toggle("bad", standing.recording_trouble !== "");
  say("device", link.startsWith("connected") ? "connected" + (/, shows \w+/.exec(link) || [""])[0] : link);
  at("device").title = link;
  at("device_item").classList.toggle("bad", link !== "none" && !link.startsWith("connected"));
  controls();
}

// the picture

function wipePicture() {
  if (picture) picture.bitmap.close();
  picture = null;
  canvas.width = canvas.height = 8;
  canvas.hidden = true;
  clearTimeout(missing);
  // a picture that is only a little late leaves black, not words that flicker
  missing = setTimeout(() => { at("none").hidden = false; canvas.setAttribute("aria-label", "no picture"); }, 700);
}

const overlaid = () => picture !== null && picture.header.overlay !== null && numbers !== null && numbers.state === "pointing" && now() < numbers.oldAt &&
  numbers.procedure === picture.header.procedure && numbers.side === picture.header.side;

function placing() {
  const { size, mm_per_px } = picture.header, ratio = devicePixelRatio || 1, box = canvas.parentElement.getBoundingClientRect();
  const width = Math.round(box.width * ratio), height = Math.round(box.height * ratio);
  if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
  const right = 46 * ratio, top = 26 * ratio, edge = 6 * ratio;
  const perMm = Math.min((width - right - edge) / (size[0] * mm_per_px[0]), (height - top - edge) / (size[1] * mm_per_px[1]));
  const wide = perMm * size[0] * mm_per_px[0], high = perMm * size[1] * mm_per_px[1];
  const left = (width - right - wide) / 2, begin = top + (height - top - edge - high) / 2;
  return { ratio, perMm, left, top: begin, wide, high, place: ([u, v]) => [left + u * mm_per_px[0] * perMm, begin + v * mm_per_px[1] * perMm] };
}

function draw() {
  const on = placing();
  pen.fillStyle = "#000";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = "medium";
  pen.drawImage(picture.bitmap, on.left, on.top, on.wide, on.high);
  drawEdges(on);
  const target = picture.drawn = overlaid();
  if (target) drawOverlay(on);
  clearTimeout(missing);
  canvas.hidden = false;
  at("none").hidden = true;
  const label = `live scan${target ? " with target and needle path" : ""}`;
  if (canvas.getAttribute("aria-label") !== label) canvas.setAttribute("aria-label", label);
}

// depth scale, left and right, the probe's marker: greys only
function drawEdges(on) {
  const { origin, left, marker } = picture.header, r = on.ratio, [, zero] = on.place(origin);
  pen.strokeStyle = pen.fillStyle = "#e4e8eb";
  pen.lineWidth = r;
  pen.font = `${12 * r}px system-ui, sans-serif`;
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  const x = on.left + on.wide + 4 * r, each = on.perMm * 10 < 18 * r ? 20 : 10;
  for (let mm = 0; zero + mm * on.perMm <= on.top + on.high + 1; mm += 5) {
    const y = zero + mm * on.perMm, long = mm % 10 === 0;
    pen.beginPath(); pen.moveTo(x, y); pen.lineTo(x + (long ? 8 : 4) * r, y); pen.stroke();
    if (mm % each === 0) pen.fillText(mm === 0 ? "0 mm" : String(mm), x + 11 * r, y);
  }
  const sides = { patient_left: ["L", "R"], patient_right: ["R", "L"], cranial: ["cranial", "caudal"], caudal: ["caudal", "cranial"] }[left] || ["L/R ?", "L/R ?"];
  const y = on.top - 13 * r, dot = 11 * r;
  pen.font = `700 ${15 * r}px system-ui, sans-serif`;
  pen.fillText((marker === "left" ? "   " : "") + sides[0], on.left, y);
  pen.textAlign = "right";
  pen.fillText(sides[1] + (marker === "right" ? "   " : ""), on.left + on.wide, y);
  if (!marker) return;
  pen.beginPath(); pen.arc(marker === "left" ? on.left + dot / 2 : on.left + on.wide - dot / 2, y, 5 * r, 0, 2 * Math.PI); pen.fill();
}

function drawOverlay(on) {
  const { target, interval_mm, entry, landmarks } = picture.header.overlay, r = on.ratio, [x, y] = on.place(target), radius = Math.max(interval_mm * on.perMm, 3 * r);
  pen.lineWidth = 1.5 * r;
  pen.strokeStyle = "#ffd54a";
  for (const points of Object.values(landmarks)) {
    for (const point of points) {
      const [u, v] = on.place(point);
      pen.beginPath(); pen.moveTo(u - 4 * r, v - 4 * r); pen.lineTo(u + 4 * r, v + 4 * r); pen.moveTo(u + 4 * r, v - 4 * r); pen.lineTo(u - 4 * r, v + 4 * r); pen.stroke();
    }
  }
  pen.lineWidth = 2.5 * r;
  if (entry) {
    pen.strokeStyle = "#58b4ff";
    pen.setLineDash([8 * r, 5 * r]);
    pen.beginPath(); pen.moveTo(...on.place(entry)); pen.lineTo(x, y); pen.stroke();
    pen.setLineDash([]);
  }
  pen.strokeStyle = "#4be38a";
  pen.fillStyle = "rgba(75, 227, 138, .28)";
  pen.beginPath(); pen.arc(x, y, radius, 0, 2 * Math.PI); pen.fill(); pen.stroke();
  pen.beginPath(); pen.moveTo(x - 9 * r, y); pen.lineTo(x + 9 * r, y); pen.moveTo(x, y - 9 * r); pen.lineTo(x, y + 9 * r); pen.stroke();
}

const sleep = ms => new Promise(wake => setTimeout(wake, ms));
const fetching = { tier: 0, fast: 0, needed: FAST_TIMES, last: "" };

// one at a time: a slow network carries fewer and smaller pictures, never older numbers
async function pictures() {
  for (;;) {
    if (document.hidden || offset_ms === null) { await sleep(200); continue; }
    try {
      const reply = await fetch(`/picture?after=${fetching.last}&tier=${fetching.tier}`, { cache: "no-store", signal: AbortSignal.timeout(4000) });
      if (reply.status === 401) { location.reload(); return; }
      const begun = now();
      if (reply.status === 200) await received(await reply.arrayBuffer(), begun); else if (reply.status !== 204) await sleep(500);
    } catch {
      await sleep(500);
    }
  }
}

// unpacking one and asking for the next go on side by side
async function received(content, begun) {
  const body_ms = now() - begun, length = new DataView(content).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 4, length)));
  fetching.last = header.frame;
  const before = unpacking;
  unpacking = unpack(header, new Blob([new Uint8Array(content, 4 + length)], { type: "image/jpeg" }), body_ms);
  await before;
  await sleep(Math.max(LEAST_PAUSE_MS, 1.5 * body_ms));
}

async function unpack(header, file, body_ms) {
  try {
    const bitmap = await createImageBitmap(file), oldAt = offset_ms === null ? 0 : header.captured_ms + offset_ms + OLD_MS;
    paced(body_ms, oldAt - now());
    if (document.hidden || now() >= oldAt || !numbers) bitmap.close(); else drawNew({ header, bitmap, oldAt });
  } catch { /* a picture that cannot be read is none */ }
}

function drawNew(found) {
  if (picture) picture.bitmap.close();
  picture = found;
  draw();
  setTimeout(() => { if (picture === found) wipePicture(); }, Math.max(0, found.oldAt - now()));
}

// smaller where the network or this browser is slow
function paced(body_ms, left_ms) {
  if ((body_ms > SLOW_BODY_MS || left_ms < LITTLE_LEFT_MS) && fetching.tier < LAST_TIER) {
    fetching.tier++;
    fetching.needed = Math.min(1000, 2 * fetching.needed);
    fetching.fast = 0;
  } else if (body_ms < FAST_BODY_MS && fetching.tier > 0 && ++fetching.fast >= fetching.needed) {
    fetching.tier--;
    fetching.fast = 0;
  }
}

// the line

function clocked(told) {
  const trip_ms = now() - told.client;
  clocks = [...clocks, { trip_ms, offset_ms: told.client - told.now_ms }].slice(-CLOCKS_KEPT);
  offset_ms = clocks.reduce((best, each) => each.trip_ms < best.trip_ms ? each : best).offset_ms;
}

function heard(text) {
  const told = JSON.parse(text);
  switch (told.kind) {
    case "hello": mayAsk = told.may_ask; retry_ms = 300; controls(); break;
    case "clock": clocked(told); break;
    case "numbers": line.send('{"got":1}'); show(told); break;
    case "standing": line.send('{"got":1}'); standing = told; bar(); break;
    case "gone": lost(told.text); break;
  }
}

function connect() {
  if (line || document.hidden) return;
  const mine = line = new WebSocket(`ws://${location.host}/watch`);
  let last = now();
  const beat = setInterval(() => {
    if (mine.readyState === WebSocket.OPEN) mine.send(JSON.stringify({ clock: now() }));
    if (now() - last > 3 * CLOCK_MS) mine.close();
  }, CLOCK_MS);
  mine.onopen = () => mine.send(JSON.stringify({ clock: now() }));
  mine.onmessage = event => { last = now(); if (mine === line) heard(event.data); };
  mine.onclose = () => {
    clearInterval(beat);
    if (mine !== line) return;
    disconnect("the board does not answer: is it on, and is the network there?");
    setTimeout(connect, retry_ms);
    retry_ms = Math.min(2000, 2 * retry_ms);
  };
}

function disconnect(reason) {
  const former = line;
  line = null;
  clocks = [];
  offset_ms = null;
  if (former) former.close();
  lost(reason);
}

// a hidden tab is not kept up to date: what it shows when it comes back would be old
function hiddenOrBack() {
  disconnect("connecting");
  connect();
}

// controls

async function ask(asked) {
  asking = true;
  say("said", "asking …");
  try {
    const reply = await fetch("/ask", { method: "POST", body: JSON.stringify(asked), signal: AbortSignal.timeout(6000) });
    const found = reply.ok ? await reply.json() : { done: false, text: (await reply.text()).trim() };
    say("said", found.text || (found.done ? "done" : "refused"));
  } catch {
    say("said", "the board does not answer");
  }
  asking = false;
  pending = null;
  if (numbers) choices();
}

let pending = null;  // a procedure that waits for its side

function choose() {
  const procedure = at("procedure").value, plan = catalogue.find(each => each.name === procedure);
  const side = plan && plan.sided ? (document.querySelector("#sides input:checked") || {}).value : null;
  at("sides").hidden = !(plan && plan.sided);
  if (plan && plan.sided && !side) { pending = procedure; say("said", "choose the patient's side too"); return; }
  ask({ ask: "choose", procedure, side });
}

// the selectors follow what the board does, except while somebody chooses
function choices() {
  if (asking || pending || document.activeElement === at("procedure") || !numbers) return;
  if (at("procedure").value !== numbers.procedure) at("procedure").value = numbers.procedure;
  const plan = catalogue.find(each => each.name === numbers.procedure);
  at("sides").hidden = !(plan && plan.sided);
  for (const each of document.querySelectorAll("#sides input")) each.checked = each.value === numbers.side;
}

function controls() {
  const there = standing !== null, off = !mayAsk || !there;
  at("procedure").disabled = at("sides").disabled = off || standing.device_chose;
  at("record").disabled = off || (standing.recording && !standing.recording_by_page);
  at("record").setAttribute("aria-pressed", String(there && standing.recording));
  at("calibrate").disabled = off;
  say("record", there && standing.recording ? "Stop recording" : "Record");
  if (there && !mayAsk) say("said", "view only: `tuffier doctor` prints the address that may change things");
  else if (there && standing.device_chose) say("said", "the device's buttons choose");
}

function snapshot() {
  if (!picture || !numbers) { say("said", "no picture now"); return; }
  const r = devicePixelRatio || 1, sheet = document.createElement("canvas"), row = 24 * r, points = numbers.state === "pointing" && now() < numbers.oldAt;
  const lines = [
    points ? `depth ${numbers.depth_mm.toFixed(1)} ± ${numbers.depth_interval_mm.toFixed(1)} mm   angle ${numbers.angle_deg.toFixed(1)} ± ${numbers.angle_interval_deg.toFixed(1)}°` : `withheld: ${words(numbers.reason)}`,
    `${at("task").textContent}   ${new Date().toISOString()}`,
    `${numbers.live ? "" : "DEMO, not live. "}SNAPSHOT. Research device, not validated on patients`,
  ];
  sheet.width = canvas.width;
  sheet.height = canvas.height + row * (lines.length + .5);
  const ink = sheet.getContext("2d");
  ink.fillStyle = "#000"; ink.fillRect(0, 0, sheet.width, sheet.height);
  ink.drawImage(canvas, 0, 0);
  ink.fillStyle = "#fff"; ink.font = `${15 * r}px system-ui, sans-serif`;
  lines.forEach((text, index) => ink.fillText(text, 8 * r, canvas.height + row * (index + .8), sheet.width - 16 * r));
  const link = document.createElement("a");
  link.download = `tuffier-${new Date().toISOString().replaceAll(":", "-").slice(0, 19)}.png`;
  sheet.toBlob(file => {
    link.href = URL.createObjectURL(file);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    say("said", `saved as ${link.download}`);
  });
}

function themed(name) {
  document.documentElement.dataset.theme = name;
  try { localStorage.setItem("theme", name); } catch { /* a browser that keeps nothing */ }
}

async function begin() {
  const token = location.hash.slice(1);
  if (token) {
    history.replaceState(null, "", "/");
    try { await fetch("/sign-in", { method: "POST", body: token }); } catch { /* the line says that nobody answers */ }
  }
  try {
    catalogue = await (await fetch("/words.json")).json();
  } catch { /* the selector stays empty until the page is loaded again */ }
  at("procedure").replaceChildren(...catalogue.map(plan => new Option(words(plan.name), plan.name)));
  connect();
  pictures();
}

at("procedure").addEventListener("change", choose);
for (const each of document.querySelectorAll("#sides input")) each.addEventListener("change", choose);
at("record").addEventListener("click", () => ask({ ask: "record", on: !(standing && standing.recording) }));
at("snapshot").addEventListener("click", snapshot);
at("full").hidden = !document.documentElement.requestFullscreen;
at("full").addEventListener("click", () => document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen());
at("theme").addEventListener("change", () => themed(at("theme").value));
at("controls").addEventListener("submit", event => event.preventDefault());
addEventListener("resize", () => { if (picture) draw(); });
for (const change of ["visibilitychange", "freeze"]) document.addEventListener(change, hiddenOrBack);
for (const change of ["pagehide", "pageshow"]) addEventListener(change, event => { if (event.persisted) hiddenOrBack(); });
try { at("theme").value = localStorage.getItem("theme") || "auto"; themed(at("theme").value); } catch { /* as the system has it */ }
lost("connecting");
begin();
