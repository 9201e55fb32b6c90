/* Firmware of the Arduino Mega 2560, without Arduino's own libraries: host on USB (USART0), SSD1306 OLED of 128 x 64 on TWI, four buttons, a
 * servo, its supply measured.
 *
 * Everything that decides is in ../src. This file moves bytes, levels and pixels. Clock 16 MHz. Registers: ATmega2560 datasheet; display:
 * SSD1306 datasheet. Arduino's pin numbers (each button to ground):
 *   USB         the host, 115200 baud                   20, 21      SDA, SCL of the display, address 3C
 *   4           RES of the display, and 10 kOhm from it to ground: dark through a reset and the bootloader's second
 *   5, 6        ARM, LOCK                               2, 3        PROCEDURE, SIDE
 *   11          servo, its own 5 V supply               A0          the servo's 5 V over 20 kOhm, and 10 kOhm to ground; without a servo the
 *                                                                   board's: nothing wired there reads as a brown-out, and nothing is shown
 * Old bootloaders of this board hang after a watchdog's reset, until the power is cut: the glass is dark then.
 */
#include "tuffier_device.h"
#include "tuffier_font.h"
#include "tuffier_reference.h"

#include <avr/eeprom.h>
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>

#define CLOCK_HZ 16000000u
#define RX_SIZE 512u
#define TX_SIZE 64u
#define OLED_WRITE 0x78u /* address 3C, to be written */
#define OLED_PAGES 8u
#define OLED_JOB_MOST (1u + TF_PIXELS_WIDE)
#define OLED_STUCK_MS 20u  /* a page takes 3 ms */
#define OLED_AGAIN_MS 200u /* after a display did not answer */
#define SLOT_BYTES 64u     /* of EEPROM, a record in each */
#define SUPPLY_FULL_MV 7680u /* 2.56 V behind two thirds */

#define TWI_ON (uint8_t)((1u << TWINT) | (1u << TWEN) | (1u << TWIE))
#define TWI_STARTED 0x08u
#define TWI_ADDRESS_TAKEN 0x18u
#define TWI_BYTE_TAKEN 0x28u

#define BIT(n) ((uint8_t)(1u << (n)))
#define PIN_OLED_RES BIT(PG5)
#define PIN_SERVO BIT(PB5)
#define PIN_ARM BIT(PE3)
#define PIN_PROCEDURE BIT(PE4)
#define PIN_SIDE BIT(PE5)
#define PIN_LOCK BIT(PH3)

void keep_reset_cause(void) __attribute__((naked, used, section(".init3")));

static uint8_t reset_cause __attribute__((section(".noinit")));
static uint32_t kept_seed __attribute__((section(".noinit")));
static volatile uint32_t ticks_ms;
static volatile uint8_t rx[RX_SIZE];
static volatile uint16_t rx_in;
static volatile uint16_t rx_out;
static uint8_t tx[TX_SIZE];
static volatile uint8_t tx_size;
static volatile uint8_t tx_at;
static uint8_t job[OLED_JOB_MOST]; /* what the display gets next */
static volatile uint8_t job_size;
static volatile uint8_t job_at;
static volatile bool job_going;
static volatile bool job_failed;
static tf_device device;
static tf_display shown;
static tf_pixels wanted;
static uint8_t pages_due = 0xFFu;        /* a bit for each page that the display does not hold yet */
static bool set_up;                      /* whether the display has had its set-up */
static bool lit;                         /* and its last command, which lights it */

/* A watchdog's reset leaves the watchdog on at 15 ms: off before anything else, even before RAM is cleared. */
void keep_reset_cause(void)
{
    reset_cause = MCUSR;
    MCUSR = 0u;
    wdt_disable();
}

/* --- time --- */

ISR(TIMER0_COMPA_vect)
{
    ticks_ms++;
}

static void start_clock(void)
{
    OCR0A = (uint8_t)((CLOCK_HZ / 64u / 1000u) - 1u);
    TCCR0A = BIT(WGM01);
    TCCR0B = BIT(CS01) | BIT(CS00);
    TIMSK0 = BIT(OCIE0A);
}

static uint32_t clock_ms(void)
{
    const uint8_t flags = SREG;
    cli();
    const uint32_t ms = ticks_ms;
    SREG = flags;
    return ms;
}

/* --- the host: not by tuffier_line.c, whose counts of 32 bits this chip does not read in one step --- */

ISR(USART0_RX_vect)
{
    const uint8_t byte = UDR0;
    if ((uint16_t)(rx_in - rx_out) < RX_SIZE) { /* a full ring loses bytes; the checksum notices */
        rx[rx_in % RX_SIZE] = byte;
        rx_in++;
    }
}

ISR(USART0_UDRE_vect)
{
    if (tx_at < tx_size) {
        UDR0 = tx[tx_at];
        tx_at++;
    } else {
        UCSR0B &= (uint8_t)~BIT(UDRIE0);
    }
}

static void start_uart(void)
{
    UBRR0 = 16u; /* 16 MHz / (8 * 17): 117.6 kBaud, as the USB chip beside it takes 115200 */
    UCSR0A = BIT(U2X0);
    UCSR0C = BIT(UCSZ01) | BIT(UCSZ00);
    UCSR0B = BIT(RXEN0) | BIT(TXEN0) | BIT(RXCIE0);
    UDR0 = 0u; /* ends a packet that a reset cut: the greeting behind it is heard */
}

static uint16_t received(void)
{
    const uint8_t flags = SREG;
    cli();
    const uint16_t in = rx_in;
    SREG = flags;
    return in;
}

static void receive(void)
{
    const uint16_t in = received();
    while (rx_out != in) {
        const uint8_t byte = rx[rx_out % RX_SIZE];
        const uint8_t flags = SREG;
        cli();
        rx_out++;
        SREG = flags;
        tf_device_receive(&device, &byte, 1u, clock_ms());
    }
}

static void transmit(void)
{
    if ((UCSR0B & BIT(UDRIE0)) == 0u) {
        tx_size = (uint8_t)tf_device_take(&device, tx, sizeof tx);
        tx_at = 0u;
        if (tx_size > 0u) {
            UCSR0B |= BIT(UDRIE0);
        }
    }
}

/* --- the buttons --- */

static void start_buttons(void)
{
    PORTE |= PIN_ARM | PIN_PROCEDURE | PIN_SIDE;
    PORTH |= PIN_LOCK;
    const uint32_t from_ms = clock_ms();
    while ((clock_ms() - from_ms) < 2u) {
        /* the pull-ups charge their lines: a button closed at boot is a fault */
    }
}

static uint8_t read_buttons(void)
{
    const uint8_t e = (uint8_t)~PINE;
    const uint8_t h = (uint8_t)~PINH;
    return (uint8_t)((((e & PIN_ARM) != 0u) ? TF_BUTTON_ARM : 0u) | (((h & PIN_LOCK) != 0u) ? TF_BUTTON_LOCK : 0u) |
                     (((e & PIN_PROCEDURE) != 0u) ? TF_BUTTON_PROCEDURE : 0u) | (((e & PIN_SIDE) != 0u) ? TF_BUTTON_SIDE : 0u));
}

/* --- the OLED: jobs of bytes by interrupt, so that the loop goes on --- */

ISR(TWI_vect)
{
    const uint8_t state = TWSR & 0xF8u;
    if (state == TWI_STARTED) {
        TWDR = OLED_WRITE;
        TWCR = TWI_ON;
    } else if (((state == TWI_ADDRESS_TAKEN) || (state == TWI_BYTE_TAKEN)) && (job_at < job_size)) {
        TWDR = job[job_at];
        job_at++;
        TWCR = TWI_ON;
    } else {
        job_failed = job_failed || ((state != TWI_ADDRESS_TAKEN) && (state != TWI_BYTE_TAKEN)); /* it did not answer */
        job_going = false;
        TWCR = BIT(TWINT) | BIT(TWEN) | BIT(TWSTO);
    }
}

static void start_twi(void)
{
    PORTD |= BIT(PD0) | BIT(PD1);
    TWCR = 0u;
    TWSR = 0u;
    TWBR = 12u; /* 16 MHz / (16 + 2 * 12): 400 kHz */
}

static void job_start(void)
{
    job_at = 0u;
    job_going = true;
    TWCR = TWI_ON | BIT(TWSTA);
}

static void job_commands(const uint8_t *commands, uint8_t size)
{
    job[0] = 0x00u;
    (void)memcpy(&job[1], commands, size);
    job_size = (uint8_t)(size + 1u);
}

/* Lit by its last command, 0xAF, once a whole picture is in it. */
static void job_set_up(void)
{
    static const uint8_t setup[] = {0xAE, 0xD5, 0x80, 0xA8, 0x3F, 0xD3, 0x00, 0x40, 0x8D, 0x14, 0x20, 0x00,
                                    0xA1, 0xC8, 0xDA, 0x12, 0x81, 0x7F, 0xD9, 0xF1, 0xDB, 0x40, 0xA4, 0xA6};
    job_commands(setup, sizeof setup);
}

/* A page of the display is eight rows; a byte of it is a column of eight, the top one lowest. */
static void job_page(uint8_t page)
{
    job[0] = 0x40u;
    job_size = OLED_JOB_MOST;
    for (uint8_t eight = 0u; eight < (TF_PIXELS_WIDE / 8u); eight++) {
        for (uint8_t y = 0u; y < 8u; y++) {
            uint8_t row = wanted.rows[(8u * page) + y][eight];
            uint8_t *column = &job[1u + (8u * eight)];
            for (uint8_t x = 0u; x < 8u; x++) {
                *column = (uint8_t)((*column >> 1) | (row & 0x80u));
                row = (uint8_t)(row << 1);
                column++;
            }
        }
    }
}

static uint8_t first_due(void)
{
    uint8_t page = 0u;
    while ((pages_due & BIT(page)) == 0u) {
        page++;
    }
    return page;
}

/* Whether there is one. A page is two jobs: where, and what. Between them the picture may change, and another page be the first that is due. */
static bool job_next(void)
{
    static uint8_t placed = OLED_PAGES; /* none */
    if (!set_up) {
        set_up = true;
        lit = false;
        placed = OLED_PAGES;
        pages_due = 0xFFu;
        job_set_up();
    } else if (pages_due != 0u) {
        if (placed == OLED_PAGES) {
            placed = first_due();
            const uint8_t where[] = {0x22, placed, 7u, 0x21, 0u, 127u};
            job_commands(where, sizeof where);
        } else {
            pages_due &= (uint8_t)~BIT(placed);
            job_page(placed);
            placed = OLED_PAGES;
        }
    } else if (!lit) {
        static const uint8_t on[] = {0xAF};
        lit = true;
        job_commands(on, sizeof on);
    } else {
        return false;
    }
    return true;
}

/* Held in reset it is dark: better than what it last held. */
static void fail_oled(void)
{
    PORTG &= (uint8_t)~PIN_OLED_RES;
    TWCR = 0u;
    job_going = false;
    job_failed = true;
    set_up = false;
}

/* A while after it failed: out of reset, and set up anew. */
static void begin_oled(void)
{
    PORTG |= PIN_OLED_RES;
    job_failed = false;
    start_twi();
}

/* Each time round: the next job, if the last one is out. */
static void turn_oled(uint32_t now_ms)
{
    static uint32_t started_ms;
    static uint32_t failed_ms;
    if ((job_going && ((now_ms - started_ms) > OLED_STUCK_MS)) || (job_failed && set_up)) {
        fail_oled();
        failed_ms = now_ms;
    }
    if (job_failed && ((now_ms - failed_ms) >= OLED_AGAIN_MS)) {
        begin_oled();
    }
    if (!job_failed && !job_going && job_next()) {
        started_ms = now_ms;
        job_start();
    }
}

static void show(void)
{
    if (memcmp(&shown, &device.screen, sizeof shown) != 0) {
        shown = device.screen;
        tf_display_pixels(&shown, &wanted);
        pages_due = 0xFFu;
    }
}

/* --- the servo: timer 1, 50 Hz, in half microseconds --- */

static void start_servo(void)
{
    DDRB |= PIN_SERVO;
    ICR1 = 39999u;
    TCCR1A = BIT(WGM11);
    TCCR1B = BIT(WGM13) | BIT(WGM12) | BIT(CS11);
}

/* Only between the end of a pulse and the next: no pulse is ever cut. */
static void drive_servo(uint16_t pulse_us)
{
    const uint16_t width = (uint16_t)(2u * pulse_us);
    const uint16_t now = TCNT1;
    if ((now <= OCR1A) || (now <= width) || (now > 39000u)) {
        return;
    }
    if (pulse_us == 0u) {
        TCCR1A = BIT(WGM11);
    } else {
        OCR1A = (uint16_t)(width - 1u); /* low at the count after it */
        TCCR1A = BIT(COM1A1) | BIT(WGM11);
    }
}

/* --- the servo's supply, a third of it, against 2.56 V --- */

static void start_supply(void)
{
    ADMUX = BIT(REFS1) | BIT(REFS0);
    ADCSRA = BIT(ADEN) | BIT(ADSC) | BIT(ADPS2) | BIT(ADPS1) | BIT(ADPS0);
}

/* The last reading; starts the next. Never 0, which would say that nothing is measured. */
static uint16_t read_supply_mv(void)
{
    static uint16_t supply_mv = 1u;
    if ((ADCSRA & BIT(ADSC)) == 0u) {
        supply_mv = (uint16_t)(1u + (((uint32_t)ADC * SUPPLY_FULL_MV) / 1024u));
        ADCSRA |= BIT(ADSC);
    }
    return supply_mv;
}

/* --- what is kept: EEPROM, two slots --- */

static bool load_record(void *context, uint8_t slot, uint8_t *record, size_t size)
{
    (void)context;
    eeprom_read_block(record, (const void *)(uintptr_t)(slot * SLOT_BYTES), size);
    return true;
}

/* Dark meanwhile: 3.4 ms for each byte that changes, longer in all than a digit may stand. What is dark is drawn anew. */
static bool store_record(void *context, uint8_t slot, const uint8_t *record, size_t size)
{
    (void)context;
    fail_oled();
    for (size_t i = 0u; i < size; i++) {
        wdt_reset();
        eeprom_update_byte((uint8_t *)(uintptr_t)((slot * SLOT_BYTES) + i), record[i]);
    }
    begin_oled();
    return true;
}

/* RAM at power-up is any value; a reset goes on from the last; the lowest bits of an open input are chance. */
static uint32_t new_seed(void)
{
    uint32_t seed = (kept_seed * UINT32_C(1664525)) + UINT32_C(1013904223);
    ADMUX = BIT(REFS1) | BIT(REFS0) | 1u;
    for (uint8_t i = 0u; i < 32u; i++) {
        ADCSRA |= BIT(ADSC);
        while ((ADCSRA & BIT(ADSC)) != 0u) {
            /* 0.1 ms */
        }
        seed = ((seed << 1) | (seed >> 31)) ^ ADC;
    }
    kept_seed = seed;
    return seed;
}

int main(void)
{
    static const tf_hello built = {.serial_number = 2560u, TF_REFERENCE_BUILD};
    static const tf_storage storage = {load_record, store_record, NULL};
    const uint8_t faults = ((reset_cause & BIT(WDRF)) != 0u) ? TF_FAULT_WATCHDOG_RESET : 0u;
    DDRG |= PIN_OLED_RES; /* low: dark */
    wdt_enable(WDTO_120MS); /* before anything that waits for hardware */
    start_clock();
    start_servo();
    start_supply();
    start_uart();
    sei();
    start_buttons();
    const uint32_t seed = new_seed();
    start_supply();
    begin_oled();
    tf_device_boot(&device, &built, &storage, seed, faults, read_buttons(), clock_ms());
    SMCR = BIT(SE); /* idle: every block goes on */
    uint32_t last_ms = clock_ms();
    for (;;) {
        sleep_cpu();
        receive();
        transmit();
        const uint32_t now_ms = clock_ms();
        turn_oled(now_ms);
        if (now_ms == last_ms) {
            continue;
        }
        last_ms = now_ms;
        tf_device_tick(&device, read_buttons(), read_supply_mv(), now_ms);
        drive_servo(tf_device_servo_us(&device));
        show();
        wdt_reset();
    }
}
