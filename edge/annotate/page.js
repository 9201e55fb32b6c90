// The page of tuffier annotate. Places are frame_px: pixel centres at whole numbers. Each change is kept at once; what is not yet kept is said.
"use strict";
const at = id => document.getElementById(id);
const svg = (name, parts = {}) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(parts)) made.setAttribute(key, value);
  return made;
};
const words = name => name.replaceAll("_", " ");
const clone = thing => JSON.parse(JSON.stringify(thing));
const SIGNS = { untouched: "○", open: "◐", unsure: "?", done: "✓" };
const STATES = { untouched: "not begun", open: "begun", unsure: "set aside", done: "done" };
const LEFTS = { transverse: ["patient_left", "patient_right"], sagittal: ["cranial", "caudal"] };
const SAVE_AFTER_MS = 200, TRY_AGAIN_MS = 1000, BEAT_MS = 3000, NEAR_PX = 26, ON_PX = 12, TAP_PX = 6;
const tab = crypto.randomUUID();

let desk = null, views = {}, mine = false;
let now = null;          // the frame that is shown, as the server has it, with `label` as the page has it
let chosen = null;       // [landmark, slot] that keys and taps act on
let box = [0, 0, 1, 1];  // of the frame, that is seen
let size = [1, 1];
let dragging = null, kept = null;
let byKey = true;        // whether the last thing touched was a key: a field that the mouse has set gives the keys back
const past = [], future = [];   // {number, label}: what a frame's label was
const fresh = new Map();        // number -> fields of the newest answer
const waiting = new Map();      // number -> label that is not yet kept
let saving = null, saveTimer = 0;

// ---- keeping

async function ask(path, body) {
  const how = { cache: "no-store", signal: AbortSignal.timeout(8000) };
  const reply = await fetch(path, body === undefined ? how
    : { ...how, method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  return [reply.status, await reply.json()];
}

function tell() {
  const trouble = at("saved").dataset.trouble || "";
  at("saved").className = trouble ? "not" : "";
  at("saved").textContent = trouble || (waiting.size || saving ? "saving…" : "all saved");
}

function trouble(text) {
  at("saved").dataset.trouble = text;
  tell();
}

function keep(number, label, soon = false) {
  waiting.set(number, clone(label));
  tell();
  clearTimeout(saveTimer);
  saveTimer = setTimeout(flush, soon ? 0 : SAVE_AFTER_MS);
}

// one at a time; what fails stays waiting and is tried again
async function flush() {
  clearTimeout(saveTimer);
  while (saving) await saving;
  if (!waiting.size || !mine) return;
  saving = keepAll();
  await saving;
}

async function keepAll() {
  try {
    while (waiting.size && mine) {
      const [number, label] = waiting.entries().next().value;
      const [status, answer] = await ask(`save/${number}`, { tab, label, revision: fresh.get(number).revision });
      if (status === 200) {
        if (waiting.get(number) && JSON.stringify(waiting.get(number)) === JSON.stringify(label)) waiting.delete(number);
        took(answer);
        trouble("");
      } else if (status === 409 && answer.why === "stale") {
        // another tab or a hand has changed it: theirs can be had back by undo
        past.push({ number, label: answer.label });
        took(answer);
        banner("This frame was changed elsewhere meanwhile. Yours is kept; Undo brings the other back.");
      } else if (status === 409) {
        mine = false;
        held();
      } else {
        trouble(`NOT SAVED: ${answer.why}`);
        break;
      }
    }
  } catch {
    trouble("NOT SAVED: tuffier annotate does not answer. Start it again; this page goes on trying.");
  } finally {
    saving = null;
    if (waiting.size && mine) saveTimer = setTimeout(flush, TRY_AGAIN_MS);
    tell();
  }
}

function took(answer) {
  fresh.set(answer.number, answer);
  desk.frames[answer.number].state = answer.state;
  list();
  if (now && now.number === answer.number) {
    Object.assign(now, { state: answer.state, missing: answer.missing, target: answer.target });
    draw();
  }
}

function banner(text, take = false) {
  at("banner").hidden = !text;
  at("bannertext").textContent = text;
  at("take").hidden = !take;
}

function held() {
  document.body.classList.add("reading");
  banner("Another tab writes on these frames: this one only shows them.", true);
  draw();
}

async function beat(take = false) {
  try {
    const [, answer] = await ask("hold", { tab, take });
    const had = mine;
    mine = answer.mine;
    if (mine && !had) {
      document.body.classList.remove("reading");
      banner("");
      if (now) await open(now.number);  // the other tab may have gone on
    } else if (!mine && (had || at("banner").hidden)) held();
    if (mine && waiting.size) flush();
    if (!waiting.size) trouble("");
  } catch {
    trouble(waiting.size ? "NOT SAVED: tuffier annotate does not answer. Start it again; this page goes on trying." : "tuffier annotate does not answer");
  }
}

// ---- frames

// how many letters all names begin with, up to a word's end: what tells frames apart stands behind
function alike(names) {
  let same = 0;
  while (names.length > 1 && same < names[0].length && names.every(each => each[same] === names[0][same])) same++;
  return names[0].lastIndexOf("_", same - 1) + 1;
}

function list() {
  const counts = {};
  for (const { state } of desk.frames) counts[state] = (counts[state] || 0) + 1;
  at("counts").textContent = `${counts.done || 0} of ${desk.frames.length} done` + (counts.unsure ? `, ${counts.unsure} set aside` : "");
  desk.frames.forEach((frame, number) => {
    const button = at("frames").children[number].firstChild;
    button.children[0].textContent = SIGNS[frame.state];
    const name = `${number + 1} ${frame.frame.slice(desk.alike).replace(/\.png$/, "")}`;
    button.children[1].textContent = name;
    button.setAttribute("aria-label", `${name}, ${STATES[frame.state]}`);
    button.title = `${frame.frame}: ${STATES[frame.state]}`;
    if (now && now.number === number) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  });
}

async function open(number) {
  if (number < 0 || number >= desk.frames.length) return;
  await flush();
  let answer;
  try {
    [, answer] = await ask(`frame/${number}`);
  } catch {
    trouble("tuffier annotate does not answer");
    return;
  }
  const same = now && now.number === number;
  if (now && !same) kept = { label: clone(now.label), view: now.label.view };
  fresh.set(number, answer);
  now = { ...answer, label: clone(waiting.get(number) || answer.label) };
  desk.frames[number].state = answer.state;
  if (!same) {
    const image = new Image();
    at("nopicture").hidden = true;
    image.onload = () => { size = [image.width, image.height]; show(); };
    image.onerror = () => { at("nopicture").textContent = "the picture cannot be read"; at("nopicture").hidden = false; };
    image.src = `picture/${number}`;
    chosen = null;
    history.replaceState(null, "", `#${number + 1}`);
  }
  pick();
  list();
  if (!same) at("frames").children[number].scrollIntoView({ block: "nearest", inline: "nearest" });
  draw();
}

function show() {
  const image = at("pixels");
  image.setAttribute("href", `picture/${now.number}`);
  for (const [key, value] of Object.entries({ x: -.5, y: -.5, width: size[0], height: size[1] })) image.setAttribute(key, value);
  fit();
}

const step = by => open(now.number + by);

function nextOpen() {
  const count = desk.frames.length;
  for (let by = 1; by <= count; by++) {
    const number = (now.number + by) % count;
    if (!["done", "unsure"].includes(desk.frames[number].state)) return open(number);
  }
  return banner("Every frame is done or set aside.");
}

// ---- the label

const view = () => views[now.label.view];
const slot = () => chosen && now.label.slots[chosen[0]]?.[chosen[1]];

function each() {
  return view() ? Object.entries(view().slots).flatMap(([name, titles]) => titles.map((title, number) => ({ name, number, title }))) : [];
}

// the model's place for a slot that is still to be done, where it saw the same view
function offered(name, number) {
  const proposal = now.proposal;
  if (!proposal || !["open"].includes(now.label.slots[name]?.[number]?.mark) || proposal.view !== now.label.view) return null;
  return proposal.slots[name]?.[number]?.at || null;
}

function change(make) {
  if (!mine || !now) return;
  past.push({ number: now.number, label: clone(now.label) });
  if (past.length > 500) past.shift();
  future.length = 0;
  make(now.label);
  pick();  // another view has other landmarks
  keep(now.number, now.label);
  draw();
}

const lefts = found => found ? LEFTS[found.plane] : Object.values(LEFTS).flat();

// a view with all its landmarks to do
function lay(label, name) {
  label.view = name || null;
  label.finished = false;
  label.slots = {};
  for (const [landmark, titles] of Object.entries(views[name]?.slots || {})) label.slots[landmark] = titles.map(() => ({ at: null, mark: "open" }));
  const found = views[name], fits = lefts(found), before = kept?.label.screen_left;
  // as on the last frame; without it no sided procedure could show anything, on a frame without a view neither, and score would count that as right
  if (name && !fits.includes(label.screen_left)) label.screen_left = fits.includes(before) ? before : "unknown";
  if (!found) return;
  // which of two visible sides the truth states is free; where a picture shows one side only, it must be said
  if (found.sided && found.paired_target && !label.side) label.side = "right";
}

function setView(name) {
  if ((name || null) === now.label.view) return;
  change(label => lay(label, name));
  chosen = null;
  pick();
  draw();
}

function pick() {
  if (chosen && now.label.slots[chosen[0]]?.[chosen[1]]) return;
  const first = each().find(({ name, number }) => now.label.slots[name][number].mark === "open") || each()[0];
  chosen = first ? [first.name, first.number] : null;
}

function onward() {
  const next = each().find(({ name, number }) => now.label.slots[name][number].mark === "open");
  if (next) chosen = [next.name, next.number];
}

function put(point, name, number) {
  const clipped = [Math.min(size[0] - 1, Math.max(0, point[0])), Math.min(size[1] - 1, Math.max(0, point[1]))].map(v => Math.round(v * 100) / 100);
  const place = now.label.slots[name][number];
  place.at = clipped;
  if (place.mark !== "unsure") place.mark = "";
}

function mark(word) {
  if (!chosen) return;
  const [name, number] = chosen, { at: place, mark: before } = slot();
  if (word === "unsure" && !place) return;
  change(label => {
    const to = label.slots[name][number];
    if (word === "unsure") to.mark = before === "unsure" ? "" : "unsure";
    else label.slots[name][number] = { at: null, mark: before === word ? "open" : word };
  });
  if (word !== "unsure" && before !== word) onward();
  draw();
}

function accept() {
  if (!chosen) return;
  const [name, number] = chosen;
  if (slot().at) return;
  change(() => put(offered(name, number) || [box[0] + box[2] / 2, box[1] + box[3] / 2], name, number));
  at("marks").querySelector(`[data-slot="${name}:${number}"]`)?.focus();
}

function acceptAll() {
  const proposal = now.proposal;
  if (!proposal || (now.label.view && now.label.view !== proposal.view)) return;
  change(label => {
    if (!label.view) lay(label, proposal.view);
    for (const { name, number } of each()) if (offered(name, number)) put(offered(name, number), name, number);
  });
  chosen = null;
  pick();
  draw();
}

function nudge(du, dv) {
  if (!chosen || !slot().at) return;
  const [name, number] = chosen, before = past.at(-1);
  const place = slot().at;
  // a row of nudges is one step to undo
  const going = before && before.nudged === `${now.number} ${chosen}` && performance.now() - before.when < 1000 && !future.length;
  if (going && mine) {
    put([place[0] + du, place[1] + dv], name, number);
    keep(now.number, now.label);
    draw();
  } else change(() => put([place[0] + du, place[1] + dv], name, number));
  if (past.length) Object.assign(past.at(-1), { nudged: `${now.number} ${chosen}`, when: performance.now() });
}

async function back(from, to) {
  if (!from.length || !mine) return;
  const entry = from.pop();
  if (entry.number !== now.number) await open(entry.number);
  to.push({ number: now.number, label: clone(now.label) });
  now.label = clone(entry.label);
  keep(now.number, now.label);
  pick();
  draw();
}

function asLast() {
  if (!kept) return;
  change(label => Object.assign(label, clone(kept.label), { finished: false, subject: label.subject }));
  pick();
  draw();
}

async function done() {
  await flush();
  if (!mine || waiting.size) return;
  if (now.missing.length) {
    at("missing").textContent = "Before this frame is done:\n" + now.missing.join("\n");
    return;
  }
  if (!now.label.finished || now.state === "untouched") change(label => { label.finished = true; });
  await flush();
  if (!waiting.size) nextOpen();
}

// ---- drawing

function scale() {
  const ctm = at("picture").getScreenCTM();
  return ctm && ctm.a ? 1 / ctm.a : 1;
}

function fit() {
  seen([-.5, -.5, ...size]);
}

function seen(next) {
  const most = Math.max(...size) * 1.5, least = 12;
  const wide = Math.min(most, Math.max(least, next[2])), factor = wide / next[2];
  box = [next[0] + next[2] * (1 - factor) / 2, next[1] + next[3] * (1 - factor) / 2, wide, next[3] * factor];
  at("picture").setAttribute("viewBox", box.join(" "));
  at("picture").classList.toggle("close", scale() < .25);
  draw();
}

function zoom(by, [u, v] = [box[0] + box[2] / 2, box[1] + box[3] / 2]) {
  seen([u - (u - box[0]) * by, v - (v - box[1]) * by, box[2] * by, box[3] * by]);
}

function spot(point, kind, title, name, number, k) {
  const group = svg("g", { class: `mark ${kind}`, transform: `translate(${point[0]} ${point[1]}) scale(${k})`, tabindex: "0", role: "button", "data-slot": `${name}:${number}` });
  const state = kind.includes("proposal") ? "proposed" : kind.includes("unsure") ? "placed, unsure" : "placed";
  const shown = title.replace(", screen's left", " L").replace(", screen's right", " R") + (kind.includes("proposal") ? " ?" : "");
  // whoever steers by voice says what stands there
  group.setAttribute("aria-label", `${shown}${shown === title ? "" : `, ${title}`}, ${state} at column ${Math.round(point[0])}, row ${Math.round(point[1])}`);
  group.append(svg("circle", { class: "rim", r: 10 }), svg("circle", { class: "ring", r: 10 }), svg("path", { d: "M-4 0H4M0 -4V4" }));
  const text = svg("text", { x: 14, y: 4 });
  text.textContent = shown;
  group.append(text);
  return group;
}

function draw() {
  if (!now) return;
  const { label } = now, k = scale(), focused = document.activeElement?.dataset?.slot;
  const marks = [];
  for (const { name, number, title } of each()) {
    const place = label.slots[name][number], proposal = offered(name, number);
    const kind = (place.at ? (place.mark === "unsure" ? "unsure" : "") : "proposal") + (chosen && chosen[0] === name && chosen[1] === number ? " chosen" : "");
    if (place.at || proposal) marks.push(spot(place.at || proposal, kind, title, name, number, k));
  }
  // before the view is chosen the proposals are seen, and cannot be moved one by one
  if (!label.view && now.proposal && views[now.proposal.view])
    for (const [name, titles] of Object.entries(views[now.proposal.view].slots))
      titles.forEach((title, number) => { const place = now.proposal.slots[name]?.[number]?.at; if (place) marks.push(spot(place, "proposal", title, name, number, k)); });
  at("marks").replaceChildren(...marks);
  if (focused) at("marks").querySelector(`[data-slot="${focused}"]`)?.focus({ preventScroll: true });
  target(k);
  panel();
  tell();
}

function target(k) {
  const point = now.target;
  at("target").replaceChildren();
  if (!point) return;
  at("target").setAttribute("transform", `translate(${point[0]} ${point[1]}) scale(${k})`);
  const text = svg("text", { x: 16, y: -12 });
  text.textContent = "target";
  at("target").append(svg("path", { d: "M-22 0H-13M13 0H22M0 -22V-13M0 13V22" }), text);
}

function said(place, proposal) {
  if (place.mark === "unsure") return "placed, unsure";
  if (place.at) return "placed";
  return { hidden: "hidden", cut: "cut off" }[place.mark] || (proposal ? "proposed" : "to do");
}

function panel() {
  const { label, proposal, state } = now, found = view();
  at("name").textContent = `${now.frame}: ${STATES[state]}`;
  const offer = proposal && (!label.view || label.view === proposal.view) && (!label.view || each().some(({ name, number }) => offered(name, number)));
  at("offer").hidden = !offer;
  if (offer) at("offertext").textContent = `The model proposes: ${proposal.view === "none" ? "no view of the spine" : words(proposal.view)}`
    + (proposal.confidence === null ? "" : ` (${Math.round(100 * proposal.confidence)} %)`);
  at("view").value = label.view || "";
  at("viewunsure").checked = label.view_unsure;
  const fits = lefts(found);
  at("left").replaceChildren(...["unknown", ...fits].map(value => new Option(value === "unknown" ? "not known" : words(value), value)));
  at("left").value = fits.includes(label.screen_left) ? label.screen_left : "unknown";
  at("sidelabel").hidden = !(found && found.sided);
  at("side").value = label.side || "";
  if (document.activeElement !== at("subject")) at("subject").value = label.subject;
  at("landmarkshead").hidden = at("acts").hidden = !found;
  rows();
  const place = slot();
  at("accept").textContent = chosen && offered(...chosen) ? "Accept" : "Place";
  at("accept").disabled = !mine || !place || Boolean(place.at);
  at("unsure").disabled = at("remove").disabled = !mine || !place || !place.at;
  at("hidden").disabled = at("cut").disabled = !mine || !place;
  at("hidden").setAttribute("aria-pressed", place?.mark === "hidden");
  at("cut").setAttribute("aria-pressed", place?.mark === "cut");
  at("unsure").setAttribute("aria-pressed", place?.mark === "unsure");
  at("undo").disabled = !mine || !past.length;
  at("redo").disabled = !mine || !future.length;
  at("copy").disabled = !mine || !kept;
  for (const id of ["view", "viewunsure", "left", "side", "subject", "done", "acceptall"]) at(id).disabled = !mine;
  at("missing").textContent = label.finished && state === "unsure" ? "Set aside: unsure frames are kept, and are no truth to score or train with." : "";
  at("drawingbox").hidden = !found;
  if (found && !at("drawing").src.endsWith(`/${found.name}.svg`)) {
    at("drawing").src = `drawing/${found.name}.svg`;
    at("drawing").alt = `${words(found.name)}, drawn from the phantom`;
  }
}

function rows() {
  const wanted = each(), have = at("slots");
  while (have.children.length > wanted.length) have.lastChild.remove();
  while (have.children.length < wanted.length) {
    const item = document.createElement("li"), button = document.createElement("button");
    button.append(document.createElement("span"), document.createElement("span"));
    item.append(button);
    have.append(item);
  }
  wanted.forEach(({ name, number, title }, index) => {
    const button = have.children[index].firstChild;
    button.children[0].textContent = title;
    button.children[1].textContent = said(now.label.slots[name][number], offered(name, number));
    button.setAttribute("aria-pressed", Boolean(chosen && chosen[0] === name && chosen[1] === number));
    button.onclick = () => { chosen = [name, number]; draw(); };
  });
}

// ---- pointers

function where(event) {
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(at("picture").getScreenCTM().inverse());
  return [point.x, point.y];
}

function nearest(point, reach) {
  let best = null, least = reach * scale();
  for (const { name, number } of each()) {
    const place = now.label.slots[name][number].at || offered(name, number);
    const far = place ? Math.hypot(place[0] - point[0], place[1] - point[1]) : Infinity;
    if (far < least) [best, least] = [{ name, number, place, px: far / scale() }, far];
  }
  return best;
}

const fingers = new Map();

function down(event) {
  if (!now || event.button > 1) return;
  at("picture").setPointerCapture(event.pointerId);
  fingers.set(event.pointerId, where(event));
  const point = where(event);
  if (fingers.size === 2) {
    dragging = { pinch: true };
    at("loupe").hidden = true;
    return;
  }
  const hit = event.button === 0 && mine ? nearest(point, event.pointerType === "touch" ? NEAR_PX * 1.3 : NEAR_PX) : null;
  dragging = { before: chosen, slot: hit, from: point, client: [event.clientX, event.clientY], begun: hit && { place: hit.place, k: scale() }, moved: false };
  if (hit) chosen = [hit.name, hit.number];
  draw();
}

function move(event) {
  if (!now) return;
  const point = where(event);
  place(point);
  if (!fingers.has(event.pointerId) || !dragging) return;
  if (dragging.pinch) {
    pinch(event.pointerId, point, event);
    return;
  }
  if (!dragging.moved && Math.hypot(event.clientX - dragging.client[0], event.clientY - dragging.client[1]) < TAP_PX) return;
  if (dragging.slot) {
    // by how far the pointer went, so that a layout that shifts meanwhile moves nothing
    const { name, number } = dragging.slot, { place: begun, k } = dragging.begun;
    const to = [begun[0] + (event.clientX - dragging.client[0]) * k, begun[1] + (event.clientY - dragging.client[1]) * k];
    if (!dragging.moved) change(() => put(to, name, number));
    else { put(to, name, number); keep(now.number, now.label); draw(); }
    if (event.pointerType === "touch") magnify(now.label.slots[name][number].at, event);
  } else seen([box[0] - point[0] + dragging.from[0], box[1] - point[1] + dragging.from[1], box[2], box[3]]);
  dragging.moved = true;
}

function pinch(id, point, event) {
  const [other] = [...fingers.keys()].filter(each => each !== id), still = fingers.get(other), before = fingers.get(id);
  if (!still) return;
  const was = Math.hypot(before[0] - still[0], before[1] - still[1]), is = Math.hypot(point[0] - still[0], point[1] - still[1]);
  if (was > 0 && is > 0) zoom(was / is, still);
  fingers.set(id, where(event));
}

function up(event) {
  fingers.delete(event.pointerId);
  at("loupe").hidden = true;
  if (dragging && !dragging.moved && !dragging.pinch && event.type === "pointerup") tap(where(event));
  if (!fingers.size) dragging = null;
  if (waiting.size) flush();
}

// a tap puts the chosen landmark where it is not yet placed; what is placed moves only by a drag or the arrows
function tap(point) {
  const before = dragging.before;
  // beside another landmark, not on it: the chosen one is meant
  if (dragging.slot?.px > ON_PX && before && !now.label.slots[before[0]]?.[before[1]]?.at) chosen = before;
  else if (dragging.slot) {
    at("marks").querySelector(`[data-slot="${dragging.slot.name}:${dragging.slot.number}"]`)?.focus({ preventScroll: true });
    return;
  }
  if (!mine || !slot() || slot().at) return;
  const [name, number] = chosen;
  change(() => put(point, name, number));
  onward();
  draw();
}

function magnify(point, event) {
  const loupe = at("loupe"), half = 24 * scale(), edge = at("stage").getBoundingClientRect();
  loupe.hidden = false;
  loupe.setAttribute("viewBox", [point[0] - half, point[1] - half, 2 * half, 2 * half].join(" "));
  loupe.classList.toggle("right", event.clientX - edge.left < 200 && event.clientY - edge.top < 200);
}

function place([u, v]) {
  const mm = now.mm_per_px, origin = now.origin_px;
  at("place").textContent = `${u.toFixed(1)}, ${v.toFixed(1)} px`
    + (mm && origin ? `; ${((u - origin[0]) * mm[0]).toFixed(1)} mm beside, ${((v - origin[1]) * mm[1]).toFixed(1)} mm deep` : "");
}

// ---- keys

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// what a field needs for itself; a slider that was drawn with the mouse leaves the letters to the page
function takes(field, { key }) {
  if (field.matches("input[type=range]")) return MOVES[key] || /^(Page|Home|End)/.test(key);
  return field.matches("select, input[type=text]");
}

function key(event) {
  byKey = true;
  if (event.target === at("subject") && /^(Enter|Escape)$/.test(event.key)) event.target.blur();
  if (!now || takes(event.target, event)) return;
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key.toLowerCase() === "z") event.shiftKey ? back(future, past) : back(past, future);
  else if (control && event.key.toLowerCase() === "y") back(future, past);
  else if (control || (event.key === "Enter" && event.target.matches("button, summary"))) return;
  else if (MOVES[event.key]) {
    const by = event.shiftKey ? 10 : event.altKey ? .1 : 1;
    nudge(MOVES[event.key][0] * by, MOVES[event.key][1] * by);
  } else if (/^[0-9]$/.test(event.key)) setView(desk.views[(Number(event.key) + 9) % 10].name);
  else if (DOES[event.key.toLowerCase()]) DOES[event.key.toLowerCase()]();
  else return;
  event.preventDefault();
}

function turn(by) {
  const all = each();
  if (!all.length) return;
  const index = all.findIndex(({ name, number }) => chosen && name === chosen[0] && number === chosen[1]);
  const next = all[(index + by + all.length) % all.length];
  chosen = [next.name, next.number];
  draw();
  at("marks").querySelector(`[data-slot="${next.name}:${next.number}"]`)?.focus({ preventScroll: true });
}

function nextLeft() {
  const values = ["unknown", ...lefts(view())];
  change(label => { label.screen_left = values[(values.indexOf(at("left").value) + 1) % values.length]; });
}

const otherSide = () => { if (view()?.sided) change(label => { label.side = label.side === "right" ? "left" : "right"; }); };
const doubt = () => change(label => { label.view_unsure = !label.view_unsure; });
const remove = () => { if (slot()?.at) change(label => { label.slots[chosen[0]][chosen[1]] = { at: null, mark: "open" }; }); };
const DOES = {
  n: () => setView("none"), a: acceptAll, h: () => mark("hidden"), c: () => mark("cut"), u: () => mark("unsure"), d: done, j: nextOpen, k: asLast,
  l: nextLeft, s: otherSide, v: doubt,
  f: fit, "+": () => zoom(.8), "=": () => zoom(.8), "-": () => zoom(1.25), enter: accept, delete: remove, backspace: remove,
  pageup: () => step(-1), pagedown: () => step(1), ".": () => turn(1), ",": () => turn(-1),
};

// ---- beginning

function wire() {
  const clicks = {
    before: () => step(-1), after: () => step(1), nextopen: nextOpen, acceptall: acceptAll, accept, hidden: DOES.h, cut: DOES.c, unsure: DOES.u, remove,
    undo: () => back(past, future), redo: () => back(future, past), copy: asLast, done, in: DOES["+"], out: DOES["-"], fit, take: () => beat(true),
    plain: () => { at("brightness").value = at("contrast").value = 1; light(); },
  };
  for (const [id, does] of Object.entries(clicks)) at(id).addEventListener("click", () => does());
  at("view").addEventListener("change", () => setView(at("view").value));
  at("viewunsure").addEventListener("change", doubt);
  at("left").addEventListener("change", () => change(label => { label.screen_left = at("left").value; }));
  at("side").addEventListener("change", () => change(label => { label.side = at("side").value || null; }));
  at("subject").addEventListener("change", () => change(label => { label.subject = at("subject").value; }));
  for (const id of ["view", "left", "side"]) at(id).addEventListener("change", () => { if (!byKey) at(id).blur(); });
  document.addEventListener("pointerdown", () => { byKey = false; }, true);
  for (const id of ["brightness", "contrast"]) at(id).addEventListener("input", light);
  const picture = at("picture");
  for (const [name, does] of Object.entries({ pointerdown: down, pointermove: move, pointerup: up, pointercancel: up })) picture.addEventListener(name, does);
  picture.addEventListener("wheel", event => { event.preventDefault(); zoom(event.deltaY > 0 ? 1.15 : .87, where(event)); }, { passive: false });
  at("marks").addEventListener("focusin", event => {
    const name = event.target.dataset.slot?.split(":");
    if (name && view() && !(chosen && chosen.join(":") === name.join(":"))) { chosen = [name[0], Number(name[1])]; draw(); }
  });
  document.addEventListener("keydown", key);
  new ResizeObserver(() => draw()).observe(at("stage"));
  document.addEventListener("visibilitychange", () => { if (document.hidden) flush(); });
  addEventListener("beforeunload", event => { if (waiting.size) event.preventDefault(); });
  addEventListener("pagehide", () => { fetch("release", { method: "POST", keepalive: true, headers: { "Content-Type": "application/json" }, body: JSON.stringify({ tab }) }); });
  addEventListener("pageshow", event => { if (event.persisted) beat(); });
}

function light() {
  at("pixels").style.filter = `brightness(${at("brightness").value}) contrast(${at("contrast").value})`;
}

async function begin() {
  [, desk] = await ask("desk");
  desk.alike = alike(desk.frames.map(({ frame }) => frame));
  views = Object.fromEntries(desk.views.map(each => [each.name, each]));
  at("where").textContent = desk.folder + (desk.reader ? `, reader ${desk.reader}` : "");
  at("notice").textContent = desk.notice;
  at("view").append(new Option("choose", ""), ...desk.views.map(each => new Option(words(each.name), each.name)), new Option("none: no view of the spine", "none"));
  for (const _ of desk.frames) {
    const item = document.createElement("li"), button = document.createElement("button");
    button.append(document.createElement("span"), document.createElement("span"));
    const number = at("frames").children.length;
    button.onclick = () => open(number);
    item.append(button);
    at("frames").append(item);
  }
  wire();
  await beat();
  const wanted = Number(location.hash.slice(1)) - 1, first = desk.frames.findIndex(({ state }) => !["done", "unsure"].includes(state));
  await open(wanted >= 0 && wanted < desk.frames.length ? wanted : Math.max(0, first));
  setInterval(beat, BEAT_MS);
}
begin().catch(error => trouble(`the page could not begin: ${error}`));
