/* Reference firmware: a Stellaris LM3S6965 board with its 128 x 64 OLED, five buttons, a servo on PWM0 and the host on UART0.
 *
 * Everything that decides is in ../src. This file moves bytes, levels and pixels. Clock 50 MHz from the 8 MHz crystal.
 */
#include "tuffier_device.h"
#include "tuffier_font.h"
#include "tuffier_line.h"
#include "tuffier_reference.h"

#define REG(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define SYSCTL_RESC REG(0x400FE05Cu)
#define SYSCTL_RCC REG(0x400FE060u)
#define SYSCTL_RIS REG(0x400FE050u)
#define SYSCTL_RCGC0 REG(0x400FE100u)
#define SYSCTL_RCGC1 REG(0x400FE104u)
#define SYSCTL_RCGC2 REG(0x400FE108u)
#define SYSTICK_CTRL REG(0xE000E010u)
#define SYSTICK_LOAD REG(0xE000E014u)
#define SYSTICK_VAL REG(0xE000E018u)
#define NVIC_ENABLE REG(0xE000E100u)
#define NVIC_DISABLE REG(0xE000E180u)
#define NVIC_PRIORITY(irq) (*(volatile uint8_t *)(uintptr_t)(0xE000E400u + (irq)))
#define SYSTICK_PRIORITY (*(volatile uint8_t *)(uintptr_t)0xE000ED23u)
#define UART_DR REG(0x4000C000u)
#define UART_FR REG(0x4000C018u)
#define UART_IBRD REG(0x4000C024u)
#define UART_FBRD REG(0x4000C028u)
#define UART_LCRH REG(0x4000C02Cu)
#define UART_CTL REG(0x4000C030u)
#define UART_IM REG(0x4000C038u)
#define UART_ICR REG(0x4000C044u)
#define WDT_LOAD REG(0x40000000u)
#define WDT_CTL REG(0x40000008u)
#define WDT_ICR REG(0x4000000Cu)
#define WDT_LOCK REG(0x40000C00u)
#define TIMER0_CFG REG(0x40030000u)
#define TIMER0_TAMR REG(0x40030004u)
#define TIMER0_CTL REG(0x4003000Cu)
#define TIMER0_IMR REG(0x40030018u)
#define TIMER0_ICR REG(0x40030024u)
#define TIMER0_TAILR REG(0x40030028u)
#define SSI_CR0 REG(0x40008000u)
#define SSI_CR1 REG(0x40008004u)
#define SSI_DR REG(0x40008008u)
#ifndef SSI_SR /* a test's build puts another register here: an OLED that never takes a byte */
#define SSI_SR REG(0x4000800Cu)
#endif
#define SSI_CPSR REG(0x40008010u)
#define PWM0_CTL REG(0x40028040u)
#define PWM0_LOAD REG(0x40028050u)
#define PWM0_CMPA REG(0x40028058u)
#define PWM0_GENA REG(0x40028060u)
#define PWM_ENABLE REG(0x40028008u)

/* GPIO ports; a data register's address carries a mask of the pins it touches. */
#define PORT_A 0x40004000u
#define PORT_C 0x40006000u
#define PORT_D 0x40007000u
#define PORT_E 0x40024000u
#define PORT_F 0x40025000u
#define PINS(port, mask) REG((port) + ((mask) << 2))
#define GPIO_DIR(port) REG((port) + 0x400u)
#define GPIO_AFSEL(port) REG((port) + 0x420u)
#define GPIO_PUR(port) REG((port) + 0x510u)
#define GPIO_DEN(port) REG((port) + 0x51Cu)

#define CLOCK_HZ 50000000u
#define WATCHDOG_CYCLES (CLOCK_HZ / 10u) /* bites after 0.1 s, resets after 0.2: the display is drawn anew before old digits are 300 ms old */
#define BITTEN UINT32_C(0xB17E0001)

void systick_handler(void);
void uart0_handler(void);
void watchdog_handler(void);
void timer0_handler(void);

/* What outlives a reset: the last KiB of RAM, which nothing clears (lm3s6965.ld leaves it out). The two records stand in for flash, which
 * this board's emulator has read-only; a real board's records belong in its flash. */
typedef struct {
    uint8_t records[2][TF_RECORD_SIZE];
    uint32_t bitten;
    uint32_t seed;
} kept_ram;
#define KEPT ((kept_ram *)(uintptr_t)0x2000FC00u)

static volatile uint32_t wraps; /* of SysTick's 24 bits, every 336 ms */
static tf_line line;
static tf_device device;
static tf_display shown;
static tf_pixels drawn;
static tf_pixels wanted;

void systick_handler(void)
{
    wraps++;
}

/* Only wakes the loop. Time is counted in cycles: a tick that comes late or not at all would make the dead-man late. */
void timer0_handler(void)
{
    TIMER0_ICR = 1u;
}

/* From the main loop only. */
static uint32_t clock_ms(void)
{
    static uint32_t last_cycles;
    static uint32_t rest_cycles;
    static uint32_t ms;
    uint32_t seen;
    uint32_t left;
    do {
        seen = wraps;
        left = SYSTICK_VAL;
    } while (seen != wraps);
    const uint32_t cycles = (seen << 24) + (0xFFFFFFu - left);
    rest_cycles += cycles - last_cycles;
    last_cycles = cycles;
    ms += rest_cycles / (CLOCK_HZ / 1000u);
    rest_cycles %= CLOCK_HZ / 1000u;
    return ms;
}

void uart0_handler(void)
{
    UART_ICR = 0x7FFu;
    while ((UART_FR & 0x10u) == 0u) {
        tf_line_put(&line, (uint8_t)UART_DR);
    }
}

/* The first bite is an interrupt, above all others, and is left pending: the second one resets. */
void watchdog_handler(void)
{
    KEPT->bitten = BITTEN;
    NVIC_DISABLE = 1u << 18;
}

static void start_watchdog(void)
{
    SYSCTL_RCGC0 = 0x00000008u;
    (void)SYSCTL_RCGC0;
    NVIC_PRIORITY(5u) = 0x80u;
    NVIC_PRIORITY(19u) = 0x80u;
    SYSTICK_PRIORITY = 0x80u;
    WDT_LOCK = 0x1ACCE551u;
    WDT_LOAD = WATCHDOG_CYCLES;
    WDT_CTL = 3u;
    WDT_LOCK = 0u;
    NVIC_ENABLE = 1u << 18;
}

static void calm_watchdog(void)
{
    WDT_LOCK = 0x1ACCE551u;
    WDT_ICR = 1u;
    WDT_LOAD = WATCHDOG_CYCLES;
    WDT_LOCK = 0u;
}

static void start_clock(void)
{
    SYSCTL_RCC = 0x078E3B80u;           /* 8 MHz crystal, PLL on, still bypassed */
    SYSCTL_RCC = 0x01C00380u | 0x800u;  /* divide by 4: 50 MHz, still bypassed */
    for (uint32_t i = 0u; (i < 32768u) && ((SYSCTL_RIS & 0x40u) == 0u); i++) {
        /* until the PLL locks */
    }
    SYSCTL_RCC = 0x01C00380u;
    SYSCTL_RCGC0 = 0x00100008u; /* PWM, watchdog */
    SYSCTL_RCGC1 = 0x00010011u; /* timer 0, SSI0, UART0 */
    SYSCTL_RCGC2 = 0x0000007Fu; /* the GPIO ports */
    (void)SYSCTL_RCGC2;
    SYSTICK_LOAD = 0xFFFFFFu;
    SYSTICK_VAL = 0u;
    SYSTICK_CTRL = 7u;
    while (SYSTICK_VAL == 0u) {
        /* until it has loaded: clock_ms() would take the zero for a whole turn */
    }
    TIMER0_CFG = 0u; /* 32 bits */
    TIMER0_TAMR = 2u; /* again and again */
    TIMER0_TAILR = CLOCK_HZ / 1000u;
    TIMER0_IMR = 1u;
    TIMER0_CTL = 1u;
    NVIC_ENABLE = 1u << 19;
}

static void start_uart(void)
{
    GPIO_AFSEL(PORT_A) = 0x3Fu; /* UART0 and SSI0 */
    GPIO_DEN(PORT_A) = 0x3Fu;
    UART_CTL = 0u;
    UART_IBRD = 27u; /* 50 MHz / (16 * 115200) = 27.127 */
    UART_FBRD = 8u;
    UART_LCRH = 0x70u; /* 8 bits, FIFOs */
    UART_IM = 0x50u;   /* received, and received some while ago */
    while ((UART_FR & 0x10u) == 0u) {
        (void)UART_DR; /* what came before this reset is nobody's; an emulated FIFO that is full says nothing more */
    }
    UART_CTL = 0x301u;
    NVIC_ENABLE = 1u << 5;
}

/* Inputs with pull-ups, their lines charged first: a line still rising would look like a button closed at boot. (The emulator has no
 * pull-ups and keeps the charge.) */
static void start_button_pins(uint32_t port, uint32_t pins)
{
    GPIO_PUR(port) = pins;
    GPIO_DIR(port) = pins;
    GPIO_DEN(port) = pins;
    PINS(port, pins) = pins;
    GPIO_DIR(port) = 0u;
}

static void start_buttons(void)
{
    start_button_pins(PORT_E, 0x0Fu);
    start_button_pins(PORT_F, 0x02u);
}

/* Select is ARM, down LOCK, up PROCEDURE, right SIDE; a closed button pulls its pin low. */
static uint8_t read_buttons(void)
{
    const uint32_t e = ~PINS(PORT_E, 0x0Fu);
    const uint32_t f = ~PINS(PORT_F, 0x02u);
    return (uint8_t)((((f >> 1) & 1u) * TF_BUTTON_ARM) | (((e >> 1) & 1u) * TF_BUTTON_LOCK) | ((e & 1u) * TF_BUTTON_PROCEDURE) |
                     (((e >> 3) & 1u) * TF_BUTTON_SIDE));
}

/* --- the OLED: an SSD0323 on SSI0, PD0 its select, PC7 data or command, PC6 its panel's supply ---
 *
 * The waits below have no end of their own: the watchdog is theirs. A reset leaves PC6 alone, to be pulled low by the board, and it is driven
 * high only once a whole picture of this boot was drawn: what the controller kept from before a reset is not lit again. */

static void oled_write(bool is_data, const uint8_t *bytes, size_t size)
{
    PINS(PORT_C, 0x80u) = is_data ? 0x80u : 0u;
    for (size_t i = 0u; i < size; i++) {
        while ((SSI_SR & 2u) == 0u) {
            /* until there is room */
        }
        SSI_DR = bytes[i];
        while ((SSI_SR & 0x10u) != 0u) {
            /* until it is out: data or command may change next */
        }
        while ((SSI_SR & 4u) != 0u) {
            (void)SSI_DR;
        }
    }
}

static void start_oled(void)
{
    static const uint8_t setup[] = {0xA0, 0x52, 0xA1, 0x00, 0xA2, 0x00, 0xA4, 0xA8, 0x3F, 0x81, 0x7F, 0xAF};
    GPIO_DIR(PORT_C) = 0xC0u;
    GPIO_DEN(PORT_C) = 0xC0u;
    PINS(PORT_C, 0x40u) = 0u;
    GPIO_DIR(PORT_D) = 0x01u;
    GPIO_DEN(PORT_D) = 0x01u;
    PINS(PORT_D, 0x01u) = 0x01u;
    SSI_CR1 = 0u;
    SSI_CPSR = 12u; /* 50 MHz / 12: about 4 MHz */
    SSI_CR0 = 0xC7u; /* 8 bits, idle high, second edge */
    SSI_CR1 = 2u;
    oled_write(false, setup, sizeof setup);
    (void)memset(&drawn, 0xFF, sizeof drawn); /* have every row drawn */
}

static void oled_row(size_t y, const uint8_t *bits)
{
    const uint8_t window[] = {0x15, 0x00, 0x3F, 0x75, (uint8_t)y, (uint8_t)y};
    uint8_t grey[TF_PIXELS_WIDE / 2u];
    for (size_t x = 0u; x < sizeof grey; x++) {
        const uint32_t two = (uint32_t)bits[x / 4u] >> (6u - (2u * (x % 4u)));
        grey[x] = (uint8_t)((((two & 2u) != 0u) ? 0xF0u : 0u) | (((two & 1u) != 0u) ? 0x0Fu : 0u));
    }
    oled_write(false, window, sizeof window);
    oled_write(true, grey, sizeof grey);
}

static void show(void)
{
    if (memcmp(&shown, &device.screen, sizeof shown) != 0) { /* a code takes longer than a turn of the loop */
        shown = device.screen;
        tf_display_pixels(&shown, &wanted);
    }
    for (size_t y = 0u; y < TF_PIXELS_HIGH; y++) {
        if (memcmp(wanted.rows[y], drawn.rows[y], sizeof wanted.rows[y]) != 0) {
            oled_row(y, wanted.rows[y]);
            (void)memcpy(drawn.rows[y], wanted.rows[y], sizeof wanted.rows[y]);
        }
    }
    PINS(PORT_C, 0x40u) = 0x40u;
}

/* --- the servo: PWM0, 50 Hz, in counts of 64 clocks: 1.28 us --- */

static void start_servo(void)
{
    GPIO_AFSEL(PORT_F) |= 0x01u;
    GPIO_DEN(PORT_F) |= 0x01u;
    SYSCTL_RCC |= 0x001E0000u; /* PWM clock: divided by 64 */
    PWM0_CTL = 0u;
    PWM0_GENA = 0x8Cu; /* high from load, low at the comparison */
    PWM0_LOAD = ((CLOCK_HZ / 64u) / 50u) - 1u;
    PWM0_CTL = 1u;
}

static void drive_servo(uint16_t pulse_us)
{
    static uint16_t driven_us = 0xFFFFu;
    if (pulse_us == driven_us) {
        return;
    }
    driven_us = pulse_us;
    const uint32_t period = (CLOCK_HZ / 64u) / 50u;
    PWM0_CMPA = period - (((uint32_t)pulse_us * (CLOCK_HZ / 1000000u)) / 64u);
    PWM_ENABLE = (pulse_us != 0u) ? 1u : 0u;
}

/* --- what is kept --- */

static bool load_record(void *context, uint8_t slot, uint8_t *record, size_t size)
{
    (void)context;
    (void)memcpy(record, KEPT->records[slot], size);
    return true;
}

static bool store_record(void *context, uint8_t slot, const uint8_t *record, size_t size)
{
    (void)context;
    (void)memcpy(KEPT->records[slot], record, size);
    return true;
}

static uint8_t boot_faults(void)
{
    const bool bitten = (KEPT->bitten == BITTEN) || ((SYSCTL_RESC & 8u) != 0u);
    KEPT->bitten = 0u;
    SYSCTL_RESC = 0u;
    return bitten ? TF_FAULT_WATCHDOG_RESET : 0u;
}

static void receive(void)
{
    uint8_t byte;
    while (tf_line_get(&line, &byte)) {
        tf_device_receive(&device, &byte, 1u, clock_ms());
    }
}

static void transmit(void)
{
    uint8_t byte;
    while (((UART_FR & 0x20u) == 0u) && tf_line_take(&line, &device, &byte)) {
        UART_DR = byte;
    }
}

int main(void)
{
    static const tf_storage storage = {load_record, store_record, NULL};
    static const tf_hello built = {.serial_number = 6965u, TF_REFERENCE_BUILD};
    const uint8_t faults = boot_faults();
    start_watchdog(); /* before anything that waits for hardware */
    start_clock();
    start_uart();
    start_buttons();
    start_servo();
    start_oled();
    calm_watchdog();
    KEPT->seed = (KEPT->seed * UINT32_C(1664525)) + UINT32_C(1013904223); /* RAM at power-up is any value; a reset goes on from the last */
    tf_device_boot(&device, &built, &storage, KEPT->seed ^ SYSTICK_VAL, faults, read_buttons(), clock_ms());
    uint32_t last_ms = clock_ms();
    for (;;) {
        __asm__ volatile("wfi");
        receive();
        transmit();
        const uint32_t now_ms = clock_ms();
        if (now_ms == last_ms) {
            continue;
        }
        last_ms = now_ms;
        tf_device_tick(&device, read_buttons(), 0u, now_ms); /* this board does not measure its supply */
        drive_servo(tf_device_servo_us(&device));
        show();
        calm_watchdog();
    }
}
