// An emulated Raspberry Pi Pico that runs a real .uf2: rp2040js with a stand-in for the boot ROM, an SSD1306 on I2C0 and the wire on UART0 or USB. Not a test.
// usage: node rp2040.js FOLDER_OF_NODE_MODULES IMAGE.uf2 SOCKET [usb]. SOCKET carries the wire's bytes: the UART's, or with `usb` those of a USB host, which
// enumerates the board as rp2040js's own does (usb/cdc.js); stdin takes one JSON command a line, stdout answers.
// The boot ROM's functions (RP2040 datasheet 2.8.3) are written here by their description: flash is erased to ones, programming only clears bits.
"use strict";
const fs = require("fs");
const net = require("net");
const path = require("path");
const readline = require("readline");
const rp2040js = (file) => require(path.join(process.argv[2], "rp2040js/dist/cjs", file));
const { RP2040, LogLevel, ConsoleLogger } = rp2040js("index.js");
const { USBCDC } = rp2040js("usb/cdc.js");
const { SimulationClock } = rp2040js("clock/simulation-clock.js");

const HZ = 48e6;
const BYTE_NS = 1e10 / 115200;
const I2C_BYTE_NS = 9 * 2500;
const PINS = { servo: 6, res: 7, arm: 10, lock: 11, procedure: 12, side: 13 };
const ROM = { IF: 1, EX: 2, RE: 3, RP: 4, FC: 5, CX: 6 };
const ERASE_NS = 45e6; // a sector, typical of the Pico's chip
const PROGRAM_NS = 0.7e6;

// --- image and boot ROM ---
function flashOf(uf2) {
  const flash = new Uint8Array(16 << 20).fill(0xff);
  for (let at = 0; at < uf2.length; at += 512) {
    if (uf2.readUInt32LE(at) !== 0x0a324655 || uf2.readUInt32LE(at + 28) !== 0xe48bff56) throw Error("no UF2 block of an RP2040");
    flash.set(uf2.subarray(at + 32, at + 32 + uf2.readUInt32LE(at + 16)), uf2.readUInt32LE(at + 12) - 0x10000000);
  }
  return flash;
}
function bootChecksum(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  }
  return crc >>> 0;
}
// the lookup at 0x100 and each function are a breakpoint and a return; what they do is done in onBreak
function bootRom() {
  const rom = new DataView(new ArrayBuffer(16384));
  rom.setUint16(0x14, 0x200, true);
  rom.setUint16(0x18, 0x101, true);
  for (let n = 0; n <= 6; n++) {
    rom.setUint16(0x100 + 8 * n, 0xbe00 | (0x10 + n), true);
    rom.setUint16(0x102 + 8 * n, 0x4770, true);
  }
  return new Uint32Array(rom.buffer);
}

// --- one board: a reset by the watchdog makes the chip anew, keeps RAM and flash ---
const clock = new SimulationClock();
let chip, flash = flashOf(fs.readFileSync(process.argv[3])), raised = 0, display, resets = 0, flashed = 0;
const levels = { arm: true, lock: true, procedure: true, side: true };
let supplyRaw = Math.round((5000 / 6600) * 4096), answers = true;
let pulses = [], shown = [];
function romCall(code) {
  const r = chip.core.registers;
  if (code === 0x10) {
    const name = String.fromCharCode(r[1] & 0xff, (r[1] >> 8) & 0xff);
    r[0] = 0x101 + 8 * ROM[name];
  } else if (code === 0x10 + ROM.RE) {
    for (let at = r[0]; at < r[0] + r[1]; at += 4096) { chip.flash.fill(0xff, at, at + 4096); spend(ERASE_NS); }
    flashed++;
  } else if (code === 0x10 + ROM.RP) {
    for (let n = 0; n < r[2]; n++) chip.flash[r[0] + n] &= chip.readUint8(r[1] + n);
    spend(PROGRAM_NS);
    flashed++;
  }
}
let owed = 0;
function spend(ns) { owed += ns; } // not from inside an instruction: the clock's alarms would run nested
function build(reason, sram) {
  const kept = chip ? chip.flash : flash;
  clock.nextAlarm = null;
  chip = new RP2040(clock);
  chip.logger = new ConsoleLogger(LogLevel.Error, false);
  chip.loadBootrom(bootRom());
  chip.flash.set(kept);
  if (sram) chip.sram.set(sram);
  const watchdog = chip.peripherals[0x40058];
  watchdog.reason = reason;
  watchdog.onWatchdogTrigger = () => { wanted = true; watchdog.alarm.enable = false; }; // else it fires again at the same moment, for ever
  chip.onBreak = romCall;
  chip.uart[0].onByte = (byte) => { if (port === "uart") said([byte]); uartSent.push(byte); };
  if (plugged) plugIn();
  chip.adc.channelValues[2] = supplyRaw;
  for (const name of Object.keys(levels)) chip.gpio[PINS[name]].setInputValue(levels[name]);
  chip.gpio[PINS.servo].addListener((state) => {
    if (state === 1) raised = clock.nanos;
    else if (raised) { pulses.push([raised / 1e6, (clock.nanos - raised) / 1e3]); raised = 0; }
  });
  chip.gpio[PINS.res].addListener((state) => { if (state !== 1) display = newDisplay(); }); // low or let go: dark
  connectDisplay(chip.i2c[0]);
  // as the ROM does: the first 256 bytes, if their sum is right, run from the top of RAM
  if (bootChecksum(chip.flash.subarray(0, 252)) !== chip.flashView.getUint32(252, true)) throw Error("the boot stage's checksum is wrong: the ROM would not start it");
  chip.sram.set(chip.flash.subarray(0, 256), 0x41f00);
  chip.core.SP = 0x20041f00;
  chip.core.PC = 0x20041f00;
}
// --- the USB host: rp2040js enumerates, and gives bytes only where the board has asked for them and there are some ---
let port = process.argv[5] || "uart", plugged = port === "usb", host = null, dtr = true, asked = 0, uartSent = [], answered = [], sizes = [];
function said(bytes) { if (wire) wire.write(Buffer.from(bytes)); sent.push(...bytes); }
function plugIn() {
  const usb = chip.usbCtrl;
  host = new USBCDC(usb);
  asked = 0;
  host.onSerialData = (bytes) => { sizes.push(bytes.length); said(bytes); };
  const told = usb.onEndpointWrite;
  usb.onEndpointWrite = (endpoint, bytes) => { if (endpoint === 0) answered.push([...bytes]); told(endpoint, bytes); };
  usb.onEndpointRead = (endpoint, size) => { if (endpoint === host.outEndpoint) asked = size; else if (endpoint === 0 && data) { usb.endpointReadDone(0, data); data = null; } };
}
let data = null; // of a request's own data stage
function suspend(is) { // no sign of life on the bus for 3 ms, or one again
  const usb = chip.usbCtrl;
  if (is) usb.sieStatus |= 1 << 4; else usb.sieStatus = (usb.sieStatus & ~(1 << 4)) | (1 << 11);
  usb.sieStatusUpdated();
}
function feedUsb() {
  if (!asked || !incoming.length) return;
  const bytes = incoming.splice(0, asked);
  asked = 0;
  chip.usbCtrl.endpointReadDone(host.outEndpoint, Uint8Array.from(bytes));
}
let wanted = false;
function reset(reason) {
  resets++;
  raised = 0;
  build(reason, chip.sram.slice());
}

// --- the display, by the SSD1306's datasheet: what of it the firmware may use ---
function newDisplay() { return { ram: new Uint8Array(1024), on: false, mode: 2, column: [0, 127], page: [0, 7], x: 0, y: 0 }; }
const OPERANDS = { 0xd5: 1, 0xa8: 1, 0xd3: 1, 0x8d: 1, 0x20: 1, 0xda: 1, 0x81: 1, 0xd9: 1, 0xdb: 1, 0x22: 2, 0x21: 2 };
function connectDisplay(i2c) {
  // rp2040js lacks the write of IC_INTR_MASK
  const write = i2c.writeUint32.bind(i2c);
  i2c.writeUint32 = (offset, value) => { if (offset === 0x30) { i2c.intEnable = value; i2c.checkInterrupts(); } else write(offset, value); };
  let bytes = [];
  display = display || newDisplay();
  const later = (what) => { const alarm = clock.createAlarm(what); alarm.schedule(I2C_BYTE_NS); };
  i2c.onConnect = (address) => { bytes = []; later(() => i2c.completeConnect(answers && address === 0x3c)); };
  i2c.onWriteByte = (byte) => { bytes.push(byte); later(() => i2c.completeWrite(answers)); };
  i2c.onStop = () => { if (answers && bytes.length) transaction(bytes); bytes = []; i2c.completeStop(); };
}
function transaction(bytes) {
  if (bytes[0] === 0x40) { for (const byte of bytes.slice(1)) put(byte); shown.push(clock.nanos / 1e6); return; }
  for (let n = 1; n < bytes.length; n++) {
    const code = bytes[n];
    const operands = bytes.slice(n + 1, n + 1 + (OPERANDS[code] || 0));
    n += operands.length;
    if (code === 0xae) display.on = false;
    else if (code === 0xaf) display.on = true;
    else if (code === 0x20) display.mode = operands[0];
    else if (code === 0x22) { display.page = operands; display.y = operands[0]; }
    else if (code === 0x21) { display.column = operands; display.x = operands[0]; }
  }
}
function put(byte) {
  if (display.mode !== 0) throw Error("only the horizontal mode is emulated");
  display.ram[128 * display.y + display.x] = byte;
  if (++display.x > display.column[1]) { display.x = display.column[0]; if (++display.y > display.page[1]) display.y = display.page[0]; }
}

// --- time ---
let wire = null, sent = [], incoming = [], nextByte = 0;
function turn() { // one instruction, or the sleep until the next alarm; 1 ms at most, so that nothing waits
  if (owed) { const ns = owed; owed = 0; pass(ns); return; }
  // rp2040js forgets to wake a sleeping core for SysTick: an instruction looks at what is pending
  if (chip.core.waiting && !chip.core.interruptsUpdated) pass(Math.max(1, Math.min(clock.nextAlarm ? clock.nanosToNextAlarm : 1e6, 1e6)));
  else pass((chip.core.executeInstruction() * 1e9) / HZ);
}
function pass(ns) {
  clock.tick(ns);
  if (port === "usb") { if (plugged) feedUsb(); }
  else if (incoming.length && clock.nanos >= nextByte) {
    nextByte = Math.max(nextByte, clock.nanos - BYTE_NS) + BYTE_NS;
    if (!chip.uart[0].rxFIFO.full) chip.uart[0].feedByte(incoming.shift());
  }
  if (wanted) { wanted = false; reset(1); }
}
function runUntil(nanos) { while (clock.nanos < nanos) turn(); }
// in the world's time: never ahead of it; behind it where this machine is busy, and then not made up for more than a little
let going = null;
function go() {
  let from = process.hrtime.bigint(), at = clock.nanos;
  const slice = () => {
    if (!going) return;
    const world = Number(process.hrtime.bigint() - from);
    const behind = at + world - clock.nanos;
    if (behind > 50e6) { from = process.hrtime.bigint(); at = clock.nanos; }
    const end = process.hrtime.bigint() + 5000000n;
    const until = at + world;
    while (clock.nanos < until && process.hrtime.bigint() < end) for (let n = 0; n < 200 && clock.nanos < until; n++) turn();
    going = clock.nanos >= until ? setTimeout(slice, 1) : setImmediate(slice);
  };
  going = setImmediate(slice);
}
function stop() { if (going) { clearImmediate(going); clearTimeout(going); going = null; } }

// --- commands ---
const COMMANDS = {
  go: () => { go(); }, stop: () => { stop(); },
  step: ({ ms, bytes }) => {
    sent = []; pulses = []; shown = []; uartSent = []; answered = [];
    if (bytes) incoming.push(...Buffer.from(bytes, "hex"));
    runUntil(clock.nanos + ms * 1e6);
    return { sent: Buffer.from(sent).toString("hex"), uart: Buffer.from(uartSent).toString("hex"), pulses, shown, there: port === "uart" || (plugged && dtr && host.initialized) };
  },
  // --- USB ---
  wire: ({ to }) => { port = to; incoming = []; }, // which of its two ports the bytes go to and come from
  plug: ({ there }) => { // by the cable: a bus reset follows, and all of it anew
    plugged = there;
    if (there) { plugIn(); suspend(false); chip.usbCtrl.resetDevice(); } else { incoming = []; asked = 0; suspend(true); }
  },
  line_state: (state) => { dtr = state.dtr; host.cdcSetControlLineState(dtr ? 3 : 0); }, // a program opens the port, or closes it
  uart: ({ bytes }) => { for (const byte of Buffer.from(bytes, "hex")) chip.uart[0].feedByte(byte); },
  // one request, as a host sends it; what endpoint 0 answered until the board is quiet, and whether it stalled
  request: ({ setup, bytes }) => {
    answered = [];
    data = bytes ? Uint8Array.from(Buffer.from(bytes, "hex")) : null;
    chip.usbCtrl.epStallArm = 0;
    chip.usbCtrl.sendSetupPacket(Uint8Array.from(Buffer.from(setup, "hex")));
    runUntil(clock.nanos + 2e6);
    return { answered: answered.map((packet) => Buffer.from(packet).toString("hex")), stalled: chip.usbCtrl.epStallArm !== 0 };
  },
  sizes: () => ({ sizes }),
  usb: () => ({ in: host ? host.inEndpoint : -1, out: host ? host.outEndpoint : -1, address: chip.usbCtrl.addrEndp, enumerated: !!host && host.initialized, descriptors: host ? Buffer.from(host.descriptors).toString("hex") : "" }),
  button: ({ name, closed }) => { levels[name] = !closed; chip.gpio[PINS[name]].setInputValue(!closed); },
  supply: ({ mv }) => { supplyRaw = Math.round((mv / 6600) * 4096); chip.adc.channelValues[2] = supplyRaw; },
  display: ({ there, dark }) => { answers = there; if (dark) display = newDisplay(); },
  picture: () => ({ ram: Buffer.from(display.ram).toString("hex"), on: display.on }),
  pulses: () => ({ pulses, enabled: pulses.length > 0 && clock.nanos / 1e6 - pulses[pulses.length - 1][0] < 45 }),
  reset: ({ power }) => { if (power) { chip.sram.forEach((_, n) => { chip.sram[n] = (n * 73) & 0xff; }); display = newDisplay(); } reset(power ? 0 : 2); },
  jump: ({ address }) => { chip.core.PC = address; chip.core.waiting = false; },
  time: () => ({ ms: clock.nanos / 1e6, resets, flashed }),
  flash: ({ at, size }) => ({ bytes: Buffer.from(chip.flash.subarray(at, at + size)).toString("hex") }),
  fill: ({ at, bytes }) => { chip.flash.set(Buffer.from(bytes, "hex"), at); },
};
build(0, null);
net.createServer((socket) => {
  wire = socket;
  socket.on("data", (bytes) => { incoming.push(...bytes); });
  socket.on("close", () => { wire = null; });
}).listen(process.argv[4], () => console.log("{}"));
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const command = JSON.parse(line);
  console.log(JSON.stringify(COMMANDS[command.do](command) || {}));
}).on("close", () => process.exit(0));
