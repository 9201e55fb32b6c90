/* A serial port (CDC ACM) on the RP2040's own USB: three endpoints, one configuration, the requests that hosts make of such a port.
 *
 * Rule 1: a packet is taken only where the line has room for all of it: the host waits, nothing is lost. Rule 2: every packet sent is a short one,
 * so that a host hands it on at once. Rule 3: an unknown request is stalled, and changes nothing. Rule 4: a host that is gone, or a program that has
 * closed the port, gives the line back to the UART. Sources: USB 2.0 chapter 9, CDC 1.2 and its PSTN subclass, RP2040 datasheet 4.1.
 */
#include "usb.h"

#define REG(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define USB_RAM 0x50100000u
#define EP_CONTROL(endpoint, out) REG(USB_RAM + (8u * (endpoint)) + (4u * (out)))
#define BUFFER_CONTROL(endpoint, out) REG(USB_RAM + 0x80u + (8u * (endpoint)) + (4u * (out)))
#define BUFFER_0 0x100u /* of endpoint 0, both ways */
#define BUFFER_NOTE 0x180u
#define BUFFER_IN 0x1C0u
#define BUFFER_OUT 0x200u

#define USB_ADDRESS REG(0x50110000u)
#define USB_MAIN REG(0x50110040u)
#define USB_SIE_CONTROL REG(0x5011004Cu)
#define USB_SIE_STATUS REG(0x50110050u)
#define USB_BUFFERS REG(0x50110058u)
#define USB_STALL_ARM REG(0x50110068u)
#define USB_MUXING REG(0x50110074u)
#define USB_POWER REG(0x50110078u)
#define USB_INTERRUPTS REG(0x50110090u)
#define NVIC_ENABLE REG(0xE000E100u)
#define NVIC_DISABLE REG(0xE000E180u)
#define USB_INTERRUPT (1u << 5)

#define BUS_RESET (1u << 19)
#define SETUP_CAME (1u << 17)
#define RESUMED (1u << 11)
#define SUSPENDED (1u << 4)

#define FULL (1u << 15)
#define DATA1 (1u << 13)
#define STALL (1u << 11)
#define AVAILABLE (1u << 10)
#define LENGTH 0x3FFu

#define IN 0u
#define OUT 1u
#define CONTROL 0u
#define NOTE 1u /* the port's notices: there are none */
#define WIRE 2u

#define PACKET 64u
#define SHORT_PACKET 63u
#define CODING_SIZE 7u

/* 1209:0001 is pid.codes' number for tests: who sells boards takes one of their own. The host names the port by its class, not by this. */
static const uint8_t device_descriptor[] = {18, 1, 0x00, 0x02, 2, 0, 0, 64, 0x09, 0x12, 0x01, 0x00, 0x00, 0x01, 1, 2, 0, 1};
static const uint8_t configuration[] = {
    9, 2, 67, 0, 2, 1, 0, 0x80, 50,        /* two interfaces, powered by the bus, 100 mA */
    9, 4, 0, 0, 1, 2, 2, 0, 0,             /* control: CDC, abstract control model */
    5, 0x24, 0x00, 0x20, 0x01,             /* CDC 1.2 */
    5, 0x24, 0x01, 0x00, 1,                /* no call management */
    4, 0x24, 0x02, 0x02,                   /* line coding and line state */
    5, 0x24, 0x06, 0, 1,                   /* interface 1 is the port's */
    7, 5, 0x80u | NOTE, 3, 16, 0, 255,     /* interrupt */
    9, 4, 1, 0, 2, 10, 0, 0, 0,            /* the port */
    7, 5, 0x80u | WIRE, 2, PACKET, 0, 0,   /* bulk to the host */
    7, 5, WIRE, 2, PACKET, 0, 0,           /* bulk from it */
};
static const uint8_t languages[] = {4, 3, 0x09, 0x04};
static const char *const words[] = {"tuffier", "tuffier research device"};

static tf_line *received;
static uint8_t coding[CODING_SIZE] = {0x00, 0xC2, 0x01, 0x00, 0, 0, 8}; /* told back, not used */
static uint8_t scratch[PACKET];
static const uint8_t *reply;
static size_t reply_left;
static bool reply_ends_short; /* an empty packet is due, since the host asked for more than a whole number of packets */
static bool host_ends; /* the request's last packet, an empty one, is the host's */
static bool coding_comes;
static uint8_t address_due;
static uint32_t pid_0; /* DATA0 and DATA1 in turn, each way of an endpoint for itself */
static uint32_t pid_in;
static uint32_t pid_out;
static uint8_t configured;
static volatile bool opened;
static volatile bool asleep;
static bool sending;  /* a packet is with the block */
static bool room_due; /* the block has no buffer to receive into */

/* AVAILABLE comes after the rest, and some cycles later: the block reads the word on a clock of its own (datasheet 4.1.2.5.1). */
static void give(uint32_t endpoint, uint32_t out, uint32_t word)
{
    BUFFER_CONTROL(endpoint, out) = word;
    __asm__ volatile("nop\n nop\n nop\n nop\n nop\n nop");
    BUFFER_CONTROL(endpoint, out) = word | AVAILABLE;
}

static uint32_t turned(uint32_t *pid)
{
    const uint32_t now = *pid;
    *pid = now ^ DATA1;
    return now;
}

/* Bytes, since the block's RAM takes any access. */
static void fill(uint32_t buffer, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0u; i < size; i++) {
        *(volatile uint8_t *)(uintptr_t)(USB_RAM + buffer + i) = bytes[i];
    }
}

static void fetch(uint32_t buffer, uint8_t *bytes, size_t size)
{
    for (size_t i = 0u; i < size; i++) {
        bytes[i] = *(volatile uint8_t *)(uintptr_t)(USB_RAM + buffer + i);
    }
}

/* --- endpoint 0 --- */

static void say_next(void)
{
    const size_t size = (reply_left < PACKET) ? reply_left : PACKET;
    reply_ends_short = reply_ends_short && (size == PACKET);
    fill(BUFFER_0, reply, size);
    reply = &reply[size];
    reply_left -= size;
    give(CONTROL, IN, turned(&pid_0) | FULL | (uint32_t)size);
}

static void say(const uint8_t *bytes, size_t size, size_t asked)
{
    reply = bytes;
    reply_left = (size < asked) ? size : asked;
    reply_ends_short = size < asked;
    say_next();
}

static void agree(void)
{
    say(scratch, 0u, 0u);
}

static void refuse(void)
{
    USB_STALL_ARM = 3u;
    BUFFER_CONTROL(CONTROL, IN) = STALL;
    BUFFER_CONTROL(CONTROL, OUT) = STALL;
}

static void receive_0(uint32_t size)
{
    give(CONTROL, OUT, DATA1 | size);
}

static void say_words(const char *text, size_t asked)
{
    size_t size = 2u;
    for (size_t i = 0u; (text[i] != '\0') && (size < (PACKET - 1u)); i++) {
        scratch[size] = (uint8_t)text[i];
        scratch[size + 1u] = 0u;
        size += 2u;
    }
    scratch[0] = (uint8_t)size;
    scratch[1] = 3u;
    say(scratch, size, asked);
}

static void say_descriptor(uint8_t kind, uint8_t index, size_t asked)
{
    if ((kind == 1u) && (index == 0u)) {
        say(device_descriptor, sizeof device_descriptor, asked);
    } else if ((kind == 2u) && (index == 0u)) {
        say(configuration, sizeof configuration, asked);
    } else if ((kind == 3u) && (index == 0u)) {
        say(languages, sizeof languages, asked);
    } else if ((kind == 3u) && (index <= 2u)) {
        say_words(words[index - 1u], asked);
    } else {
        refuse();
    }
}

static void say_zeros(size_t size, size_t asked)
{
    scratch[0] = 0u;
    scratch[1] = 0u;
    say(scratch, size, asked);
}

static void close_port(void)
{
    opened = false;
    configured = 0u;
}

static void configure(uint8_t wanted)
{
    close_port();
    if (wanted > 1u) {
        refuse();
        return;
    }
    EP_CONTROL(NOTE, IN) = UINT32_C(0x80000000) | (1u << 29) | (3u << 26) | BUFFER_NOTE;
    EP_CONTROL(WIRE, IN) = UINT32_C(0x80000000) | (1u << 29) | (2u << 26) | BUFFER_IN;
    EP_CONTROL(WIRE, OUT) = UINT32_C(0x80000000) | (1u << 29) | (2u << 26) | BUFFER_OUT;
    BUFFER_CONTROL(NOTE, IN) = 0u;
    BUFFER_CONTROL(WIRE, IN) = 0u;
    BUFFER_CONTROL(WIRE, OUT) = 0u;
    pid_in = 0u;
    pid_out = 0u;
    sending = false;
    room_due = wanted == 1u;
    configured = wanted;
    agree();
}

/* A halt that is taken back begins with DATA0 again. */
static void clear_halt(uint8_t endpoint)
{
    if (endpoint == (0x80u | WIRE)) {
        pid_in = 0u;
        BUFFER_CONTROL(WIRE, IN) = 0u;
        sending = false;
    } else if (endpoint == WIRE) {
        pid_out = 0u;
        BUFFER_CONTROL(WIRE, OUT) = 0u;
        room_due = configured != 0u;
    } else {
        /* none of ours is ever halted */
    }
    agree();
}

static void standard_request(uint8_t request, const uint8_t *setup, size_t asked)
{
    switch (request) {
    case 0u:
        say_zeros(2u, asked);
        break;
    case 1u:
        clear_halt(setup[4]);
        break;
    case 5u:
        address_due = setup[2] & 0x7Fu;
        agree();
        break;
    case 6u:
        say_descriptor(setup[3], setup[2], asked);
        break;
    case 8u:
        scratch[0] = configured;
        say(scratch, 1u, asked);
        break;
    case 9u:
        configure(setup[2]);
        break;
    case 10u:
        say_zeros(1u, asked);
        break;
    default:
        refuse();
        break;
    }
}

static void port_request(uint8_t request, const uint8_t *setup, size_t asked)
{
    switch (request) {
    case 0x20u:
        coding_comes = asked == CODING_SIZE;
        if (coding_comes) {
            receive_0(PACKET);
        } else {
            refuse();
        }
        break;
    case 0x21u:
        say(coding, sizeof coding, asked);
        break;
    case 0x22u:
        opened = ((setup[2] & 1u) != 0u) && (configured != 0u);
        agree();
        break;
    default:
        refuse();
        break;
    }
}

static void take_setup(void)
{
    uint8_t setup[8];
    fetch(0u, setup, sizeof setup);
    const size_t asked = (size_t)setup[6] | ((size_t)setup[7] << 8);
    pid_0 = DATA1;
    host_ends = (setup[0] & 0x80u) != 0u;
    coding_comes = false;
    address_due = 0u;
    reply_left = 0u;
    reply_ends_short = false;
    BUFFER_CONTROL(CONTROL, IN) = 0u; /* what was left of the request before */
    BUFFER_CONTROL(CONTROL, OUT) = 0u;
    if ((setup[0] & 0x60u) == 0u) {
        standard_request(setup[1], setup, asked);
    } else if ((setup[0] & 0x60u) == 0x20u) {
        port_request(setup[1], setup, asked);
    } else {
        refuse();
    }
}

/* A packet of the answer is out: the next one, or the end. */
static void said_0(void)
{
    if (address_due != 0u) {
        USB_ADDRESS = address_due;
        address_due = 0u;
    } else if ((reply_left != 0u) || reply_ends_short) {
        say_next();
    } else if (host_ends) {
        receive_0(0u);
    } else {
        /* it was the end */
    }
}

static void received_0(void)
{
    const size_t size = BUFFER_CONTROL(CONTROL, OUT) & LENGTH;
    if (coding_comes) {
        coding_comes = false;
        fetch(BUFFER_0, coding, (size < CODING_SIZE) ? size : CODING_SIZE);
        agree();
    }
}

/* --- the port --- */

static void received_wire(void)
{
    const size_t size = BUFFER_CONTROL(WIRE, OUT) & LENGTH;
    for (size_t i = 0u; (i < size) && (i < PACKET); i++) {
        const uint8_t byte = *(volatile uint8_t *)(uintptr_t)(USB_RAM + BUFFER_OUT + i);
        if (opened) {
            tf_line_put(received, byte);
        }
    }
    room_due = true;
}

static void take_buffers(void)
{
    const uint32_t done = USB_BUFFERS;
    USB_BUFFERS = done;
    if ((done & (1u << ((2u * CONTROL) + IN))) != 0u) {
        said_0();
    }
    if ((done & (1u << ((2u * CONTROL) + OUT))) != 0u) {
        received_0();
    }
    if ((done & (1u << ((2u * WIRE) + IN))) != 0u) {
        sending = false;
    }
    if ((done & (1u << ((2u * WIRE) + OUT))) != 0u) {
        received_wire();
    }
}

static void take_bus_reset(void)
{
    close_port();
    address_due = 0u;
    room_due = false;
    sending = false;
    USB_ADDRESS = 0u;
    USB_SIE_STATUS = BUS_RESET;
}

void usb_handler(void)
{
    asleep = false;
    if ((USB_SIE_STATUS & BUS_RESET) != 0u) {
        take_bus_reset();
    }
    if (USB_BUFFERS != 0u) { /* before a request: what ended belongs to the one before */
        take_buffers();
    }
    if ((USB_SIE_STATUS & SETUP_CAME) != 0u) {
        USB_SIE_STATUS = SETUP_CAME;
        take_setup();
    }
}

void usb_start(tf_line *line)
{
    received = line;
    for (uint32_t at = 0u; at < 0x100u; at += 4u) {
        REG(USB_RAM + at) = 0u;
    }
    USB_MUXING = 9u;
    USB_POWER = 0xCu; /* power is there, or nobody would run this */
    USB_MAIN = 1u;
    USB_SIE_CONTROL = 1u << 29;
    USB_INTERRUPTS = (1u << 4) | (1u << 12) | (1u << 16);
    NVIC_ENABLE = USB_INTERRUPT;
    USB_SIE_CONTROL = (1u << 29) | (1u << 16); /* the pull-up tells the host that somebody is there */
}

bool usb_is_open(void)
{
    return opened && !asleep;
}

/* A bus without a sign of life for 3 ms: the cable is out, or the host sleeps. Cleared here, since the block keeps it until somebody does. */
static void look_at_bus(void)
{
    const uint32_t status = USB_SIE_STATUS;
    if ((status & RESUMED) != 0u) {
        USB_SIE_STATUS = RESUMED;
        asleep = false;
    }
    if ((status & SUSPENDED) != 0u) {
        USB_SIE_STATUS = SUSPENDED;
        asleep = true;
    }
}

static void take_more(const tf_line *line)
{
    if (room_due && ((TF_LINE_RECEIVED - (line->in - line->out)) >= PACKET)) {
        room_due = false;
        give(WIRE, OUT, turned(&pid_out) | PACKET);
    }
}

static void send_more(tf_line *line, tf_device *device)
{
    uint8_t packet[SHORT_PACKET];
    size_t size = 0u;
    while ((size < SHORT_PACKET) && tf_line_take(line, device, &packet[size])) {
        size++;
    }
    if (size != 0u) {
        fill(BUFFER_IN, packet, size);
        sending = true;
        give(WIRE, IN, turned(&pid_in) | FULL | (uint32_t)size);
    }
}

void usb_turn(tf_line *line, tf_device *device)
{
    NVIC_DISABLE = USB_INTERRUPT; /* a request of the host does not change what is under way here */
    look_at_bus();
    take_more(line);
    if (usb_is_open() && !sending) {
        send_more(line, device);
    }
    NVIC_ENABLE = USB_INTERRUPT;
}
