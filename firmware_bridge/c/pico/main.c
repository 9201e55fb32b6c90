/* Firmware of the Raspberry Pi Pico: host on USB or UART0, SSD1306 OLED of 128 x 64 on I2C0, four buttons, a servo, its supply measured.
 *
 * Everything that decides is in ../src. This file moves bytes, levels and pixels. Clock 48 MHz from the 12 MHz crystal. Registers: RP2040
 * datasheet; display: SSD1306 datasheet. Pins (each button to ground):
 *   USB         the host, as a serial port; while a program has it open the UART is not heard
 *   GP0, GP1    UART0 to the host, 115200 baud, 3.3 V     GP4, GP5    SDA, SCL of the display, address 3C
 *   GP6         servo, its own 5 V supply                 GP7         RES of the display: without it one whose bus breaks keeps an old figure
 *   GP10 to 13  ARM, LOCK, PROCEDURE, SIDE
 *   GP28        the servo's 5 V over two equal resistors; without a servo VBUS: nothing wired there reads as a brown-out, and nothing is shown
 */
#include "flash_store.h"
#include "tuffier_font.h"
#include "tuffier_line.h"
#include "tuffier_reference.h"
#include "usb.h"

#define REG(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define CLEAR_BITS(address) REG((address) + 0x3000u)

#define CLK_REF_CTRL REG(0x40008030u)
#define CLK_REF_SELECTED REG(0x40008038u)
#define CLK_SYS_CTRL REG(0x4000803Cu)
#define CLK_SYS_SELECTED REG(0x40008044u)
#define CLK_PERI_CTRL REG(0x40008048u)
#define CLK_USB_CTRL REG(0x40008054u)
#define CLK_ADC_CTRL REG(0x40008060u)
#define RESETS_RESET 0x4000C000u
#define RESETS_DONE REG(0x4000C008u)
#define PSM_WDSEL REG(0x40010008u)
#define GPIO_CTRL(pin) REG(0x40014004u + (8u * (pin)))
#define PAD(pin) REG(0x4001C004u + (4u * (pin)))
#define XOSC_CTRL REG(0x40024000u)
#define XOSC_STATUS REG(0x40024004u)
#define XOSC_STARTUP REG(0x4002400Cu)
#define PLL_CS REG(0x40028000u)
#define PLL_PWR 0x40028004u
#define PLL_FBDIV REG(0x40028008u)
#define PLL_PRIM REG(0x4002800Cu)
#define UART_DR REG(0x40034000u)
#define UART_FR REG(0x40034018u)
#define UART_IBRD REG(0x40034024u)
#define UART_FBRD REG(0x40034028u)
#define UART_LCRH REG(0x4003402Cu)
#define UART_CR REG(0x40034030u)
#define UART_IMSC REG(0x40034038u)
#define UART_ICR REG(0x40034044u)
#define I2C_CON REG(0x40044000u)
#define I2C_TAR REG(0x40044004u)
#define I2C_DATA_CMD REG(0x40044010u)
#define I2C_FS_HCNT REG(0x4004401Cu)
#define I2C_FS_LCNT REG(0x40044020u)
#define I2C_INTR_MASK REG(0x40044030u)
#define I2C_RAW_INTR REG(0x40044034u)
#define I2C_TX_TL REG(0x4004403Cu)
#define I2C_CLR_TX_ABRT REG(0x40044054u)
#define I2C_ENABLE REG(0x4004406Cu)
#define I2C_TXFLR REG(0x40044074u)
#define I2C_SDA_HOLD REG(0x4004407Cu)
#define I2C_SPKLEN REG(0x400440A0u)
#define ADC_CS REG(0x4004C000u)
#define ADC_RESULT REG(0x4004C004u)
#define PWM3_CSR REG(0x4005003Cu)
#define PWM3_DIV REG(0x40050040u)
#define PWM3_CC REG(0x40050048u)
#define PWM3_TOP REG(0x4005004Cu)
#define TIMER_RAW_US REG(0x40054028u)
#define WATCHDOG_CTRL REG(0x40058000u)
#define WATCHDOG_LOAD REG(0x40058004u)
#define WATCHDOG_REASON REG(0x40058008u)
#define WATCHDOG_TICK REG(0x4005802Cu)
#define ROSC_RANDOM REG(0x4006001Cu)
#define SIO_IN REG(0xD0000004u)
#define SIO_OUT_SET REG(0xD0000014u)
#define SIO_OUT_CLEAR REG(0xD0000018u)
#define SIO_OE_SET REG(0xD0000024u)
#define SYSTICK_CTRL REG(0xE000E010u)
#define SYSTICK_LOAD REG(0xE000E014u)
#define SYSTICK_VAL REG(0xE000E018u)
#define NVIC_ENABLE REG(0xE000E100u)

#define CLOCK_HZ 48000000u
#define WATCHDOG_US 100000u     /* the display is drawn anew before old digits are 300 ms old */
#define START_WATCHDOG_US 2000000u /* while it starts: a sector's erase takes up to 0.4 s */
#define OLED_ADDRESS 0x3Cu
#define OLED_PAGES 8u
#define OLED_JOB_MOST 160u
#define OLED_STUCK_MS 20u  /* a page takes 4 ms */
#define OLED_AGAIN_MS 200u /* after a display did not answer */
#define I2C_STOP 0x200u
#define I2C_TX_ABRT 0x40u
#define I2C_TX_EMPTY 0x10u
#define I2C_FIFO 16u

#define PIN_SERVO 6u
#define PIN_OLED_RES 7u
#define PIN_ARM 10u
#define PIN_LOCK 11u
#define PIN_PROCEDURE 12u
#define PIN_SIDE 13u
#define PIN_SUPPLY 28u

void systick_handler(void);
void uart0_handler(void);
void i2c0_handler(void);

#define KEPT_SEED REG(0x2003FC00u) /* pico.ld leaves it out, nothing clears it */

static tf_line line;
static uint16_t job[OLED_JOB_MOST]; /* what the display gets next, as the I2C block's own words */
static volatile size_t job_size;
static volatile size_t job_at;
static volatile bool job_failed;
static tf_device device;
static tf_display shown;
static tf_pixels drawn; /* what was wanted before */
static tf_pixels wanted;
static uint32_t pages_due = 0xFFu; /* a bit for each page that the display does not hold yet */
static bool set_up;                /* whether the display has had its set-up */

/* Only wakes the loop. */
void systick_handler(void)
{
}

/* From the main loop only. Counted in microseconds that wrap after 71 minutes. */
static uint32_t clock_ms(void)
{
    static uint32_t last_us;
    static uint32_t rest_us;
    static uint32_t ms;
    const uint32_t us = TIMER_RAW_US;
    rest_us += us - last_us;
    last_us = us;
    ms += rest_us / 1000u;
    rest_us %= 1000u;
    return ms;
}

void uart0_handler(void)
{
    UART_ICR = 0x7FFu;
    while ((UART_FR & 0x10u) == 0u) {
        const uint8_t byte = (uint8_t)UART_DR;
        if (!usb_is_open()) {
            tf_line_put(&line, byte);
        }
    }
}

/* The timer counts down twice a microsecond (datasheet, erratum E1). */
static void calm_watchdog_for(uint32_t us)
{
    WATCHDOG_LOAD = 2u * us;
}

static void calm_while_starting(void)
{
    calm_watchdog_for(START_WATCHDOG_US);
}

/* On the ring oscillator still, whose speed is rough: the ticks are made exact with the crystal. */
static void start_watchdog(void)
{
    WATCHDOG_TICK = 0x200u | 6u;
    PSM_WDSEL = 0x0001FFFCu; /* all but the oscillators */
    calm_while_starting();
    WATCHDOG_CTRL = UINT32_C(0x40000000);
}

static void release(uint32_t blocks)
{
    CLEAR_BITS(RESETS_RESET) = blocks;
    while ((RESETS_DONE & blocks) != blocks) {
        /* until they are out of reset */
    }
}

static void start_crystal(void)
{
    XOSC_STARTUP = 47u; /* 1 ms of 12 MHz, in 256 */
    XOSC_CTRL = 0x00FABAA0u;
    while ((XOSC_STATUS & UINT32_C(0x80000000)) == 0u) {
        /* until it swings: the watchdog ends a wait for ever */
    }
    CLK_REF_CTRL = 2u;
    while ((CLK_REF_SELECTED & 4u) == 0u) {
        /* until it is taken */
    }
    WATCHDOG_TICK = 0x200u | 12u;
}

static void start_clock(void)
{
    start_crystal();
    CLK_SYS_CTRL = 0u;
    while ((CLK_SYS_SELECTED & 1u) == 0u) {
        /* off the PLL, which a reset by the watchdog leaves running */
    }
    release(1u << 12);
    PLL_CS = 1u;
    PLL_FBDIV = 100u; /* 1200 MHz */
    CLEAR_BITS(PLL_PWR) = 0x21u;
    while ((PLL_CS & UINT32_C(0x80000000)) == 0u) {
        /* until it is locked */
    }
    PLL_PRIM = (5u << 16) | (5u << 12); /* 48 MHz */
    CLEAR_BITS(PLL_PWR) = 0x08u;
    CLK_SYS_CTRL = 1u;
    while ((CLK_SYS_SELECTED & 2u) == 0u) {
        /* until it is taken */
    }
    CLK_PERI_CTRL = 0x800u;
    CLK_USB_CTRL = 0x800u | (1u << 5);
    CLK_ADC_CTRL = 0x800u | (1u << 5);
    /* ADC, I2C0, pins and their pads, PWM, timer, UART0, USB */
    release((1u << 0) | (1u << 3) | (1u << 5) | (1u << 8) | (1u << 14) | (1u << 21) | (1u << 22) | (1u << 24));
    SYSTICK_LOAD = (CLOCK_HZ / 1000u) - 1u;
    SYSTICK_VAL = 0u;
    SYSTICK_CTRL = 7u;
}

static void start_uart(void)
{
    GPIO_CTRL(0u) = 2u;
    GPIO_CTRL(1u) = 2u;
    PAD(1u) = 0x4Au; /* pulled up: a cable that is not there sends nothing */
    UART_CR = 0u;
    UART_IBRD = 26u; /* 48 MHz / (16 * 115200) = 26.042 */
    UART_FBRD = 3u;
    UART_LCRH = 0x70u; /* 8 bits, FIFOs */
    UART_IMSC = 0x50u; /* received, and received some while ago */
    UART_CR = 0x301u;
    NVIC_ENABLE = 1u << 20;
}

static void start_buttons(void)
{
    for (uint32_t pin = PIN_ARM; pin <= PIN_SIDE; pin++) {
        PAD(pin) = 0x4Au; /* pulled up, Schmitt */
    }
    const uint32_t from_us = TIMER_RAW_US;
    while ((TIMER_RAW_US - from_us) < 1000u) {
        /* the pull-ups charge their lines: a button closed at boot is a fault */
    }
}

static uint8_t read_buttons(void)
{
    const uint32_t closed = ~SIO_IN;
    return (uint8_t)((((closed >> PIN_ARM) & 1u) * TF_BUTTON_ARM) | (((closed >> PIN_LOCK) & 1u) * TF_BUTTON_LOCK) |
                     (((closed >> PIN_PROCEDURE) & 1u) * TF_BUTTON_PROCEDURE) | (((closed >> PIN_SIDE) & 1u) * TF_BUTTON_SIDE));
}

/* --- the OLED: whole pages by interrupt, so that the loop goes on --- */

static void feed_oled(void)
{
    while ((job_at < job_size) && (I2C_TXFLR < I2C_FIFO)) {
        I2C_DATA_CMD = job[job_at];
        job_at++;
    }
}

void i2c0_handler(void)
{
    if ((I2C_RAW_INTR & I2C_TX_ABRT) != 0u) { /* it did not answer */
        (void)I2C_CLR_TX_ABRT;
        job_failed = true;
        job_at = job_size;
    }
    feed_oled();
    I2C_INTR_MASK = (job_at < job_size) ? (I2C_TX_ABRT | I2C_TX_EMPTY) : I2C_TX_ABRT;
}

static void start_i2c(void)
{
    GPIO_CTRL(4u) = 3u;
    GPIO_CTRL(5u) = 3u;
    PAD(4u) = 0x4Au;
    PAD(5u) = 0x4Au;
    I2C_ENABLE = 0u;
    I2C_CON = 0x65u; /* master, 400 kHz, restart, no slave */
    I2C_TAR = OLED_ADDRESS;
    I2C_FS_LCNT = 72u; /* 1.5 us low, 1 us high */
    I2C_FS_HCNT = 48u;
    I2C_SPKLEN = 4u;
    I2C_SDA_HOLD = 15u; /* 0.3 us */
    I2C_TX_TL = 4u;
    I2C_INTR_MASK = I2C_TX_ABRT;
    I2C_ENABLE = 1u;
    NVIC_ENABLE = 1u << 23;
}

static void job_add(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0u; i < size; i++) {
        job[job_size] = bytes[i];
        job_size++;
    }
    job[job_size - 1u] |= I2C_STOP;
}

static void job_start(void)
{
    I2C_INTR_MASK = I2C_TX_ABRT; /* the interrupt does not feed while the loop does */
    feed_oled();
    I2C_INTR_MASK = I2C_TX_ABRT | I2C_TX_EMPTY;
}

static void job_set_up(void)
{
    static const uint8_t setup[] = {0x00, 0xAE, 0xD5, 0x80, 0xA8, 0x3F, 0xD3, 0x00, 0x40, 0x8D, 0x14, 0x20, 0x00,
                                    0xA1, 0xC8, 0xDA, 0x12, 0x81, 0x7F, 0xD9, 0xF1, 0xDB, 0x40, 0xA4, 0xA6, 0xAF};
    job_add(setup, sizeof setup);
}

/* A page of the display is eight rows; a byte of it is a column of eight, the top one lowest. */
static uint8_t column(uint32_t page, uint32_t x)
{
    uint8_t bits = 0u;
    for (uint32_t y = 0u; y < 8u; y++) {
        const uint32_t lit = ((uint32_t)wanted.rows[(8u * page) + y][x / 8u] >> (7u - (x % 8u))) & 1u;
        bits |= (uint8_t)(lit << y);
    }
    return bits;
}

static void job_page(uint32_t page)
{
    const uint8_t where[] = {0x00, 0x22, (uint8_t)page, 0x07, 0x21, 0x00, 0x7F};
    uint8_t bytes[1u + TF_PIXELS_WIDE] = {0x40};
    for (uint32_t x = 0u; x < TF_PIXELS_WIDE; x++) {
        bytes[1u + x] = column(page, x);
    }
    job_add(where, sizeof where);
    job_add(bytes, sizeof bytes);
}

/* Whether there is one. */
static bool job_next(void)
{
    if (!set_up) {
        set_up = true;
        pages_due = 0xFFu;
        job_set_up();
        return true;
    }
    for (uint32_t page = 0u; page < OLED_PAGES; page++) {
        if (((pages_due >> page) & 1u) != 0u) {
            pages_due &= ~(1u << page);
            job_page(page);
            return true;
        }
    }
    return false;
}

/* Held in reset it is dark: better than what it last held. */
static void fail_oled(void)
{
    SIO_OUT_CLEAR = 1u << PIN_OLED_RES;
    set_up = false;
}

/* A while after it failed: out of reset, and set up anew. */
static void begin_oled(void)
{
    SIO_OUT_SET = 1u << PIN_OLED_RES;
    job_failed = false;
    job_at = job_size;
    start_i2c();
}

/* Each time round: the next page, if the last one is out. */
static void turn_oled(uint32_t now_ms)
{
    static uint32_t started_ms;
    static uint32_t failed_ms;
    if ((job_at < job_size) && ((now_ms - started_ms) > OLED_STUCK_MS)) {
        job_failed = true;
    }
    if (job_failed) {
        if (set_up) {
            fail_oled();
            failed_ms = now_ms;
        }
        if ((now_ms - failed_ms) < OLED_AGAIN_MS) {
            return;
        }
        begin_oled();
    }
    if (job_at < job_size) {
        return;
    }
    job_size = 0u;
    job_at = 0u;
    if (job_next()) {
        started_ms = now_ms;
        job_start();
    }
}

static void show(void)
{
    if (memcmp(&shown, &device.screen, sizeof shown) != 0) {
        shown = device.screen;
        drawn = wanted;
        tf_display_pixels(&shown, &wanted);
        for (uint32_t page = 0u; page < OLED_PAGES; page++) {
            if (memcmp(wanted.rows[8u * page], drawn.rows[8u * page], 8u * sizeof wanted.rows[0]) != 0) {
                pages_due |= 1u << page;
            }
        }
    }
}

/* --- the servo: PWM slice 3, 50 Hz, in microseconds --- */

static void start_servo(void)
{
    PWM3_DIV = (CLOCK_HZ / 1000000u) << 4;
    PWM3_TOP = 19999u;
    PWM3_CC = 0u; /* no pulses */
    PWM3_CSR = 1u;
    GPIO_CTRL(PIN_SERVO) = 4u;
}

/* The block takes a new width at the end of a period: no pulse is ever cut. */
static void drive_servo(uint16_t pulse_us)
{
    PWM3_CC = pulse_us;
}

/* --- the servo's supply, halved by two resistors, against 3.3 V --- */

static void start_supply(void)
{
    PAD(PIN_SUPPLY) = 0x80u; /* analogue only */
    ADC_CS = 1u;
    while ((ADC_CS & 0x100u) == 0u) {
        /* until it is ready */
    }
    ADC_CS = 1u | (2u << 12) | 4u;
}

/* The last reading; starts the next. Never 0, which would say that nothing is measured. */
static uint16_t read_supply_mv(void)
{
    static uint16_t supply_mv = 1u;
    if ((ADC_CS & 0x100u) != 0u) {
        supply_mv = (uint16_t)(1u + (((ADC_RESULT & 0xFFFu) * 6600u) / 4096u));
        ADC_CS = 1u | (2u << 12) | 4u;
    }
    return supply_mv;
}

/* --- the host --- */

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
    usb_turn(&line, &device);
    while (!usb_is_open() && ((UART_FR & 0x20u) == 0u) && tf_line_take(&line, &device, &byte)) {
        UART_DR = byte;
    }
}

/* RAM at power-up is any value; a reset goes on from the last; the ring oscillator's own bit is chance. */
static uint32_t new_seed(void)
{
    uint32_t seed = (KEPT_SEED * UINT32_C(1664525)) + UINT32_C(1013904223);
    for (uint32_t i = 0u; i < 32u; i++) {
        seed = ((seed << 1) | (seed >> 31)) ^ (ROSC_RANDOM & 1u);
    }
    KEPT_SEED = seed;
    return seed ^ TIMER_RAW_US;
}

int main(void)
{
    static const tf_hello built = {.serial_number = 2040u, TF_REFERENCE_BUILD};
    const uint8_t faults = ((WATCHDOG_REASON & 3u) != 0u) ? TF_FAULT_WATCHDOG_RESET : 0u;
    start_watchdog(); /* before anything that waits for hardware */
    start_clock();
    start_servo();
    start_supply();
    start_uart();
    usb_start(&line);
    start_buttons();
    flash_store_start(calm_while_starting);
    SIO_OE_SET = 1u << PIN_OLED_RES; /* low: dark since the reset */
    GPIO_CTRL(PIN_OLED_RES) = 5u;
    begin_oled();
    tf_device_boot(&device, &built, &flash_store, new_seed(), faults, read_buttons(), clock_ms());
    uint32_t last_ms = clock_ms();
    for (;;) {
        __asm__ volatile("wfi");
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
        calm_watchdog_for(WATCHDOG_US);
    }
}
