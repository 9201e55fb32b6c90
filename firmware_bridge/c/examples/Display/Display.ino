/* A display without a bracket: an SSD1306 OLED of 128 x 64 on I2C, PROCEDURE on pin 2, SIDE on pin 3 (each to ground), the host on USB.
 *
 * Needs 8 KB of RAM (5.3 KB and the stack): a Mega 2560, a Pico, an ESP32; not an Uno. Boards without EEPROM keep their records elsewhere.
 *
 * An OLED that does not answer, or a loop that hangs, must not leave old figures on the glass: no wait for the OLED is longer than 3 ms, the
 * watchdog resets after 0.25 s, and pin 4 is wired to the OLED's RES: low, the glass is dark, and it goes high only to be drawn anew. A module
 * without RES keeps its last picture when its cable breaks: do not use one with a needle. Old bootloaders of the Mega hang after a
 * watchdog's reset: the glass is dark then too.
 */
#include <EEPROM.h>
#include <Tuffier.h>
#include <Wire.h>
#if defined(__AVR__)
#include <avr/wdt.h>
#endif

static const uint8_t OLED = 0x3C;
static const uint8_t OLED_RES = 4;
static const uint8_t PAGES = 8;
static uint8_t page;       // the next to be drawn; PAGES: all are
static bool oledAnswers;
static uint32_t oledTriedMs;
static tf_device device;
static tf_pixels pixels;
static tf_display drawn;

static bool loadRecord(void *, uint8_t slot, uint8_t *record, size_t size) {
  for (size_t i = 0; i < size; i++) record[i] = EEPROM.read(slot * 64 + i);
  return true;
}

static uint8_t readButtons() {
  return (digitalRead(2) == LOW ? TF_BUTTON_PROCEDURE : 0) | (digitalRead(3) == LOW ? TF_BUTTON_SIDE : 0);
}

static void startWatchdog() {
#if defined(__AVR__)
  wdt_enable(WDTO_250MS);
#endif
}

static void calmWatchdog() {
#if defined(__AVR__)
  wdt_reset();
#endif
}

static uint8_t bootFaults() {
#if defined(__AVR__)
  const uint8_t faults = (MCUSR & _BV(WDRF)) ? TF_FAULT_WATCHDOG_RESET : 0;
  MCUSR = 0;
  return faults;
#else
  return 0;
#endif
}

/* Nothing more is asked of an OLED that has not answered: the glass is dark until it is started anew. */
static void endOled() {
  if (Wire.endTransmission() != 0) {
    oledAnswers = false;
    digitalWrite(OLED_RES, LOW);
  }
}

static void command(uint8_t byte) {
  if (!oledAnswers) return;
  Wire.beginTransmission(OLED);
  Wire.write(0x00);
  Wire.write(byte);
  endOled();
}

static void redraw() {
  memset(&drawn, 0, sizeof drawn);
  page = PAGES;
}

/* Lit by its last command, 0xAF, once a whole picture is in it. */
static void startOled() {
  static const uint8_t setup[] = {0xAE, 0xD5, 0x80, 0xA8, 0x3F, 0xD3, 0x00, 0x40, 0x8D, 0x14, 0x20, 0x00,
                                  0xA1, 0xC8, 0xDA, 0x12, 0x81, 0x7F, 0xD9, 0xF1, 0xDB, 0x40, 0xA4, 0xA6};
  oledTriedMs = millis();
  digitalWrite(OLED_RES, HIGH);
  oledAnswers = true;
  for (uint8_t byte : setup) command(byte);
  redraw();
}

/* The glass is dark meanwhile: an EEPROM takes 0.14 s for a record, longer than a digit may stand. */
static bool storeRecord(void *, uint8_t slot, const uint8_t *record, size_t size) {
  command(0xAE);
  for (size_t i = 0; i < size; i++) EEPROM.update(slot * 64 + i, record[i]);
  redraw();
  return true;
}

static void startWire() {
  pinMode(OLED_RES, OUTPUT);
  digitalWrite(OLED_RES, LOW);
  Wire.begin();
  Wire.setClock(400000);
#if defined(__AVR__)
  Wire.setWireTimeout(3000, true);  // core 1.8.3 or newer
#endif
}

/* A page of the OLED is eight rows; a byte of it is a column of eight, the top one lowest. */
static uint8_t column(uint8_t page, uint8_t x) {
  uint8_t bits = 0;
  for (uint8_t y = 0; y < 8; y++) {
    if (pixels.rows[page * 8 + y][x / 8] & (0x80 >> (x % 8))) bits |= 1 << y;
  }
  return bits;
}

static void drawPage() {
  command(0x22);
  command(page);
  command(7);
  command(0x21);
  command(0);
  command(127);
  for (uint8_t x = 0; oledAnswers && x < 128; x += 16) {
    Wire.beginTransmission(OLED);
    Wire.write(0x40);
    for (uint8_t i = 0; i < 16; i++) Wire.write(column(page, x + i));
    endOled();
  }
  page++;
  if (page == PAGES) command(0xAF);
}

/* One page each time round: a whole picture takes 25 ms at 400 kHz, and bytes wait meanwhile. Figures that must go, go within 8 rounds. */
static void show() {
  if (!oledAnswers) {
    if (millis() - oledTriedMs >= 1000) startOled();
    return;
  }
  if (page == PAGES && memcmp(&drawn, &device.screen, sizeof drawn) != 0) {
    drawn = device.screen;
    tf_display_pixels(&drawn, &pixels);
    page = 0;
  }
  if (page < PAGES) drawPage();
}

void setup() {
  const uint8_t faults = bootFaults();
  startWatchdog();  // before anything that waits for hardware
  tf_hello built = {};
  built.serial_number = 1;
  built.version_minor = 1;
  built.capabilities = TF_CAPABILITY_DISPLAY | TF_CAPABILITY_BUTTONS | TF_CAPABILITY_STORAGE;
  built.interval_most_tenths_mm = 50;
  const tf_storage storage = {loadRecord, storeRecord, nullptr};
  Serial.begin(TF_BAUD_BPS);
  pinMode(2, INPUT_PULLUP);
  pinMode(3, INPUT_PULLUP);
  startWire();
  startOled();
  delay(5);  // the pull-ups charge their lines: a button closed at boot is a fault
  uint32_t seed = micros();
  for (uint8_t i = 0; i < 32; i++) seed = seed * 31 + analogRead(A0);
  tf_device_boot(&device, &built, &storage, seed, faults, readButtons(), millis());
}

void loop() {
  while (Serial.available() > 0) {
    const uint8_t byte = Serial.read();
    tf_device_receive(&device, &byte, 1, millis());
  }
  tf_device_tick(&device, readButtons(), 0, millis());  // 0: this board does not measure its supply in mV
  uint8_t sent[32];
  const int room = Serial.availableForWrite();
  const size_t size = tf_device_take(&device, sent, room < (int)sizeof sent ? room : sizeof sent);
  Serial.write(sent, size);
  show();
  calmWatchdog();
}
