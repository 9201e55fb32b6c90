/* An emulated Arduino Mega 2560 that runs a real .hex: simavr with an SSD1306 on TWI, a servo's pin, buttons, and the wire on USART0. Not a test.
 * usage: atmega2560 IMAGE.hex SOCKET. As rp2040.js: SOCKET carries the UART's bytes; stdin takes one JSON command a line, stdout answers.
 * Its UART takes 64 bytes where the chip takes two. */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <avr_adc.h>
#include <avr_eeprom.h>
#include <avr_ioport.h>
#include <avr_twi.h>
#include <avr_uart.h>
#include <sim_avr.h>
#include <sim_hex.h>

#define HZ 16000000u
#define CYCLES_PER_MS (HZ / 1000u)
#define BYTE_CYCLES (HZ * 10ull / 115200u)
#define ADDRESS 0x3C
#define EECR 0x3F
#define DDRG 0x33
#define PORTG 0x34
#define MANY 65536

static avr_t *avr;
static unsigned resets, resets_seen;
static int wire = -1;

/* --- the display, by the SSD1306's datasheet: what of it the firmware may use --- */

static struct {
    uint8_t ram[1024], column[2], page[2], x, y;
    bool on, flat;
} display;
static bool answers = true;
static uint8_t said[256];
static size_t said_size;
static avr_irq_t *twi;

static size_t operands(uint8_t code)
{
    return (code == 0x22 || code == 0x21) ? 2 : (strchr("\xd5\xa8\xd3\x8d\x20\xda\x81\xd9\xdb", code) != NULL && code != 0) ? 1 : 0;
}

static void command(const uint8_t *at)
{
    switch (at[0]) {
    case 0xAE: case 0xAF: display.on = at[0] & 1; break;
    case 0x20: display.flat = at[1] == 0; break;
    case 0x22: memcpy(display.page, &at[1], 2); display.y = at[1]; break;
    case 0x21: memcpy(display.column, &at[1], 2); display.x = at[1]; break;
    default: break;
    }
}

static void put(uint8_t byte)
{
    if (!display.flat || display.x > 127 || display.y > 7) {
        fprintf(stderr, "only the horizontal mode is emulated\n");
        exit(1);
    }
    display.ram[128 * display.y + display.x] = byte;
    if (display.x++ == display.column[1]) {
        display.x = display.column[0];
        display.y = (display.y == display.page[1]) ? display.page[0] : display.y + 1;
    }
}

static void transaction(void)
{
    for (size_t n = 1; said_size > 0 && said[0] == 0x40 && n < said_size; n++) put(said[n]);
    for (size_t n = 1; said_size > 0 && said[0] == 0x00 && n < said_size; n += 1 + operands(said[n])) command(&said[n]);
    said_size = 0;
}

static void acknowledge(void)
{
    avr_raise_irq(twi + TWI_IRQ_INPUT, avr_twi_irq_msg(TWI_COND_ACK, ADDRESS << 1, 1));
}

static void hear_twi(avr_irq_t *irq, uint32_t value, void *unused)
{
    (void)irq, (void)unused;
    const avr_twi_msg_irq_t heard = {.u.v = value};
    if (!answers) { said_size = 0; return; }
    if (heard.u.twi.msg & TWI_COND_STOP) transaction();
    if (heard.u.twi.msg & TWI_COND_START) {
        said_size = 0;
        if ((heard.u.twi.addr >> 1) == ADDRESS) acknowledge();
    }
    if (heard.u.twi.msg & TWI_COND_WRITE) {
        if (said_size < sizeof said) said[said_size++] = heard.u.twi.data;
        acknowledge();
    }
}

/* --- time, pins, bytes --- */

static uint8_t incoming[MANY], sent[MANY];
static size_t incoming_size, incoming_at, sent_size;
static avr_cycle_count_t next_byte, raised;
static struct { double start_ms, width_us; } pulses[4096];
static size_t pulse_count;
static avr_irq_t *uart;

static avr_cycle_count_t now(void) { return avr->cycle; }

static void hear_uart(avr_irq_t *irq, uint32_t value, void *unused)
{
    (void)irq, (void)unused;
    const uint8_t byte = (uint8_t)value;
    if (sent_size < MANY) sent[sent_size++] = byte;
    if (wire >= 0 && write(wire, &byte, 1) != 1) wire = -1;
}

static void hear_servo(avr_irq_t *irq, uint32_t value, void *unused)
{
    (void)irq, (void)unused;
    if (value) {
        raised = now();
    } else if (raised != 0) {
        if (pulse_count < 4096) {
            pulses[pulse_count].start_ms = (double)raised / CYCLES_PER_MS;
            pulses[pulse_count++].width_us = (double)(now() - raised) * 1e6 / HZ;
        }
        raised = 0;
    }
}

/* A reset forgets the pins' levels. A level that is the one before is not told: it goes the other way first. */
static const struct { const char *name; char port; int pin; } BUTTONS[] = {{"arm", 'E', 3}, {"lock", 'H', 3}, {"procedure", 'E', 4}, {"side", 'E', 5}};
static bool closed[4];

static void hold_buttons(void)
{
    for (size_t n = 0; n < 4; n++) {
        avr_irq_t *pin = avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ(BUTTONS[n].port), BUTTONS[n].pin);
        avr_raise_irq(pin, closed[n]);
        avr_raise_irq(pin, !closed[n]);
    }
}

static void (*reset_before)(avr_t *);

static void hear_reset(avr_t *whole)
{
    resets++;
    if (reset_before != NULL) reset_before(whole);
}

/* simavr's EEPROM is done at once; the chip's takes 3.4 ms, and says so by EEPE. */
static avr_cycle_count_t end_writing(avr_t *whole, avr_cycle_count_t when, void *unused)
{
    (void)when, (void)unused;
    whole->data[EECR] &= (uint8_t)~2u;
    return 0;
}

static void hear_eeprom(avr_irq_t *irq, uint32_t value, void *unused)
{
    (void)irq, (void)unused;
    if ((value & 2u) && !(avr->data[EECR] & 2u)) { /* written: simavr has cleared it; a read tells it too */
        avr->data[EECR] |= 2u;
        avr_cycle_timer_register(avr, 34 * CYCLES_PER_MS / 10, end_writing, NULL);
    }
}

static void no_sleep(avr_t *unused, avr_cycle_count_t cycles) { (void)unused, (void)cycles; }

/* Until then; a little at a time, so that bytes come when they would. */
static void run_until(avr_cycle_count_t end)
{
    while (now() < end) {
        const int state = avr_run(avr);
        if (state == cpu_Done || state == cpu_Crashed) { fprintf(stderr, "the firmware ended: %d at %x\n", state, avr->pc); exit(1); }
        if (resets != resets_seen) { resets_seen = resets; raised = 0; hold_buttons(); }
        if (!(avr->data[DDRG] & avr->data[PORTG] & 0x20)) memset(&display, 0, sizeof display); /* low, or let go with its resistor to ground */
        if (incoming_at < incoming_size && now() >= next_byte) {
            next_byte = ((next_byte + BYTE_CYCLES > now()) ? next_byte : now() - BYTE_CYCLES) + BYTE_CYCLES;
            avr_raise_irq(uart + UART_IRQ_INPUT, incoming[incoming_at++]);
        }
    }
}

static void comes(const uint8_t *bytes, size_t size)
{
    if (incoming_at == incoming_size) incoming_at = incoming_size = 0;
    if (incoming_size + size > MANY) return;
    memcpy(&incoming[incoming_size], bytes, size);
    incoming_size += size;
}

/* --- commands --- */

static const char *text_of(const char *line, const char *key)
{
    static char value[2 * MANY];
    char wanted[32];
    snprintf(wanted, sizeof wanted, "\"%s\": ", key);
    const char *at = strstr(line, wanted);
    value[0] = 0;
    if (at != NULL) sscanf(at + strlen(wanted) + (at[strlen(wanted)] == '"'), "%131071[^\",}]", value);
    return value;
}

static double number_of(const char *line, const char *key) { return atof(text_of(line, key)); }
static bool truth_of(const char *line, const char *key) { return strcmp(text_of(line, key), "true") == 0; }

static void tell_hex(const char *key, const uint8_t *bytes, size_t size)
{
    printf("\"%s\": \"", key);
    for (size_t n = 0; n < size; n++) printf("%02x", bytes[n]);
    printf("\"");
}

static void tell_pulses(void)
{
    printf("\"pulses\": [");
    for (size_t n = 0; n < pulse_count; n++) printf("%s[%.4f, %.3f]", n ? ", " : "", pulses[n].start_ms, pulses[n].width_us);
    printf("]");
}

static void step(const char *line)
{
    const double ms = number_of(line, "ms");
    const char *hex = text_of(line, "bytes");
    for (unsigned byte; sscanf(hex, "%2x", &byte) == 1; hex += 2) comes(&(uint8_t){(uint8_t)byte}, 1);
    sent_size = pulse_count = 0;
    run_until(now() + (avr_cycle_count_t)(ms * CYCLES_PER_MS));
    tell_hex("sent", sent, sent_size);
    printf(", ");
    tell_pulses();
}

static void press(const char *line)
{
    char name[32];
    snprintf(name, sizeof name, "%s", text_of(line, "name"));
    for (size_t n = 0; n < 4; n++)
        if (strcmp(name, BUTTONS[n].name) == 0) closed[n] = truth_of(line, "closed");
    hold_buttons();
}

static void supply(double mv) { avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_ADC0), (uint32_t)(mv / 3 + 0.5)); }

static void reset(bool power)
{
    if (power) for (unsigned n = 0x200; n <= avr->ramend; n++) avr->data[n] = (uint8_t)(n * 73u);
    avr_reset(avr);
    avr_regbit_set(avr, power ? avr->reset_flags.porf : avr->reset_flags.extrf);
}

static void eeprom(void)
{
    avr_eeprom_desc_t kept = {.ee = NULL, .offset = 0, .size = 256};
    static uint8_t bytes[256];
    kept.ee = bytes;
    avr_ioctl(avr, AVR_IOCTL_EEPROM_GET, &kept);
    tell_hex("bytes", kept.ee, 256);
}

static bool going;

static void answer(const char *line)
{
    const char *what = strdup(text_of(line, "do"));
    printf("{");
    if (strcmp(what, "step") == 0) step(line);
    else if (strcmp(what, "go") == 0 || strcmp(what, "stop") == 0) going = what[0] == 'g';
    else if (strcmp(what, "button") == 0) press(line);
    else if (strcmp(what, "supply") == 0) supply(number_of(line, "mv"));
    else if (strcmp(what, "display") == 0) { answers = truth_of(line, "there"); if (truth_of(line, "dark")) memset(&display, 0, sizeof display); }
    else if (strcmp(what, "picture") == 0) { tell_hex("ram", display.ram, sizeof display.ram); printf(", \"on\": %s", display.on ? "true" : "false"); }
    else if (strcmp(what, "pulses") == 0) { tell_pulses(); printf(", \"enabled\": %s", pulse_count && (double)now() / CYCLES_PER_MS - pulses[pulse_count - 1].start_ms < 45 ? "true" : "false"); }
    else if (strcmp(what, "reset") == 0) reset(truth_of(line, "power"));
    else if (strcmp(what, "jump") == 0) { avr->pc = (avr_flashaddr_t)number_of(line, "address"); avr->state = cpu_Running; }
    else if (strcmp(what, "time") == 0) printf("\"ms\": %.3f, \"resets\": %u", (double)now() / CYCLES_PER_MS, resets);
    else if (strcmp(what, "eeprom") == 0) eeprom();
    else { fprintf(stderr, "unknown: %s\n", what); exit(1); }
    printf("}\n");
    fflush(stdout);
    free((void *)what);
}

static void load(const char *path)
{
    ihex_chunk_p chunks = NULL;
    const int count = read_ihex_chunks(path, &chunks);
    if (count <= 0) { fprintf(stderr, "no .hex: %s\n", path); exit(1); }
    avr = avr_make_mcu_by_name("atmega2560");
    avr_init(avr);
    avr->frequency = HZ;
    avr->avcc = avr->vcc = avr->aref = 5000;
    avr->log = LOG_ERROR;
    avr->sleep = no_sleep;
    for (int n = 0; n < count; n++) avr_loadcode(avr, chunks[n].data, chunks[n].size, chunks[n].baseaddr);
    avr->codeend = avr->flashend;
    avr->run_cycle_limit = 200;
    reset_before = avr->reset;
    avr->reset = hear_reset;
}

static void connect_pins(void)
{
    uint32_t flags = 0;
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    uart = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), 0);
    twi = avr_io_getirq(avr, AVR_IOCTL_TWI_GETIRQ(0), 0);
    avr_irq_register_notify(uart + UART_IRQ_OUTPUT, hear_uart, NULL);
    avr_irq_register_notify(twi + TWI_IRQ_OUTPUT, hear_twi, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('B'), 5), hear_servo, NULL);
    avr_irq_register_notify(avr_iomem_getirq(avr, EECR, NULL, AVR_IOMEM_IRQ_ALL), hear_eeprom, NULL);
    supply(5000);
    hold_buttons();
}

static double world_ms(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

/* With the world's time: never ahead of it; behind it where this machine is busy, and then not made up for more than a little. */
static void go_on(void)
{
    static double from, at;
    const double world = world_ms(), here = (double)now() / CYCLES_PER_MS;
    if (at + (world - from) - here > 50 || at + (world - from) < here) { from = world; at = here; }
    const double until = at + (world - from);
    run_until((avr_cycle_count_t)((until < here + 5 ? until : here + 5) * CYCLES_PER_MS));
}

int main(int argc, char **argv)
{
    static char line[4 * MANY];
    size_t size = 0;
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (argc != 3) return 2;
    load(argv[1]);
    connect_pins();
    const int server = socket(AF_UNIX, SOCK_STREAM, 0);
    strncpy(name.sun_path, argv[2], sizeof name.sun_path - 1);
    if (bind(server, (struct sockaddr *)&name, sizeof name) != 0 || listen(server, 1) != 0) { perror("socket"); return 1; }
    printf("{}\n");
    fflush(stdout);
    for (;;) {
        struct pollfd ready[3] = {{0, POLLIN, 0}, {server, POLLIN, 0}, {wire, POLLIN, 0}};
        poll(ready, 3, going ? 1 : -1);
        if (ready[1].revents) wire = accept(server, NULL, NULL);
        if (wire >= 0 && ready[2].revents) {
            uint8_t bytes[4096];
            const ssize_t got = read(wire, bytes, sizeof bytes);
            if (got <= 0) { close(wire); wire = -1; } else comes(bytes, (size_t)got);
        }
        if (ready[0].revents) {
            const ssize_t got = read(0, line + size, sizeof line - size - 1);
            if (got <= 0) return 0;
            size += (size_t)got;
            line[size] = 0;
            for (char *end; (end = strchr(line, '\n')) != NULL;) {
                *end = 0;
                answer(line);
                size -= (size_t)(end + 1 - line);
                memmove(line, end + 1, size + 1);
            }
        }
        if (going) go_on();
    }
}
