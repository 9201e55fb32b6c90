/* A display without a bracket: an SSD1306 OLED of 128 x 64 on I2C, PROCEDURE on pin 2, SIDE on pin 3 (each to ground), the host on USB.
 *
 * Needs 4 KB of RAM: a Mega 2560, a Pico, an ESP32; not an Uno. Boards without EEPROM keep their records elsewhere.
 */
#include <EEPROM.h>
#include <Tuffier.h>
#include <Wire.h>

static const uint8_t OLED = 0x3C;
static tf_device device;
static tf_pixels pixels;
static tf_display drawn;

static bool loadRecord(void *, uint8_t slot, uint8_t *record, size_t size) {
  for (size_t i = 0; i < size; i++) record[i] = EEPROM.read(slot * 64 + i);
  return true;
}

static bool storeRecord(void *, uint8_t slot, const uint8_t *record, size_t size) {
  for (size_t i = 0; i < size; i++) EEPROM.update(slot * 64 + i, record[i]);
  return true;
}

static uint8_t readButtons() {
  return (digitalRead(2) == LOW ? TF_BUTTON_PROCEDURE : 0) | (digitalRead(3) == LOW ? TF_BUTTON_SIDE : 0);
}

static void command(uint8_t byte) {
  Wire.beginTransmission(OLED);
  Wire.write(0x00);
  Wire.write(byte);
  Wire.endTransmission();
}

static void startOled() {
  static const uint8_t setup[] = {0xAE, 0xD5, 0x80, 0xA8, 0x3F, 0xD3, 0x00, 0x40, 0x8D, 0x14, 0x20, 0x00,
                                  0xA1, 0xC8, 0xDA, 0x12, 0x81, 0x7F, 0xD9, 0xF1, 0xDB, 0x40, 0xA4, 0xA6, 0xAF};
  Wire.begin();
  Wire.setClock(400000);
  for (uint8_t byte : setup) command(byte);
}

/* A page of the OLED is eight rows; a byte of it is a column of eight, the top one lowest. */
static uint8_t column(uint8_t page, uint8_t x) {
  uint8_t bits = 0;
  for (uint8_t y = 0; y < 8; y++) {
    if (pixels.rows[page * 8 + y][x / 8] & (0x80 >> (x % 8))) bits |= 1 << y;
  }
  return bits;
}

static void drawPage(uint8_t page) {
  command(0x22);
  command(page);
  command(7);
  command(0x21);
  command(0);
  command(127);
  for (uint8_t x = 0; x < 128; x += 16) {
    Wire.beginTransmission(OLED);
    Wire.write(0x40);
    for (uint8_t i = 0; i < 16; i++) Wire.write(column(page, x + i));
    Wire.endTransmission();
  }
}

/* One page each time round: a whole picture takes 25 ms at 400 kHz, and bytes wait meanwhile. Figures that must go, go within 8 rounds. */
static void show() {
  static uint8_t page = 8;
  if (page == 8 && memcmp(&drawn, &device.screen, sizeof drawn) != 0) {
    drawn = device.screen;
    tf_display_pixels(&drawn, &pixels);
    page = 0;
  }
  if (page < 8) drawPage(page++);
}

void setup() {
  tf_hello built = {};
  built.serial_number = 1;
  built.version_minor = 1;
  built.capabilities = TF_CAPABILITY_DISPLAY | TF_CAPABILITY_BUTTONS | TF_CAPABILITY_STORAGE;
  built.interval_most_tenths_mm = 50;
  const tf_storage storage = {loadRecord, storeRecord, nullptr};
  Serial.begin(TF_BAUD_BPS);
  pinMode(2, INPUT_PULLUP);
  pinMode(3, INPUT_PULLUP);
  startOled();
  delay(5);  // the pull-ups charge their lines: a button closed at boot is a fault
  uint32_t seed = micros();
  for (uint8_t i = 0; i < 32; i++) seed = seed * 31 + analogRead(A0);
  tf_device_boot(&device, &built, &storage, seed, 0, readButtons(), millis());
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
}
