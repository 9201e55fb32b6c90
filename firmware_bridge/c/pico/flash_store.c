/* The device's two records in the Pico's flash. The chip is written by the boot ROM's own functions (RP2040 datasheet 2.8.3), from RAM.
 *
 * A power cut while a page is written leaves a record with a wrong sum, and the other slot. A slot whose area is full stores nothing more until
 * the next start, and says so: at three quarters, 768 records, the older one's area is emptied at a start, from its end, so that a power cut leaves pages in order.
 */
#include "flash_store.h"

#define PAGE 256u
#define AREA UINT32_C(0x40000)
#define PAGES (AREA / PAGE)
#define PAGES_MOST ((PAGES * 3u) / 4u)
#define SECTOR 4096u
#define BLOCK UINT32_C(0x10000)
#define FIRST UINT32_C(0x100000) /* a mebibyte in: the image ends before 256 KiB, the smallest Pico has 2 MiB */
#define READ UINT32_C(0x13000000) /* the flash past the cache */

typedef void *(*rom_lookup)(uint16_t *table, uint32_t code);
typedef void (*rom_plain)(void);
typedef void (*rom_erase)(uint32_t offset, size_t size, uint32_t block, uint8_t command);
typedef void (*rom_program)(uint32_t offset, const uint8_t *bytes, size_t size);

static uint32_t pages[2]; /* used */

static uint8_t *at(uint8_t slot, uint32_t page)
{
    return (uint8_t *)(uintptr_t)(READ + FIRST + (slot * AREA) + (page * PAGE));
}

/* The ROM's own tables are told by 16 bit pointers at fixed places. (volatile: the compiler knows that nothing lies near 0.) */
static uintptr_t rom_pointer(uintptr_t place)
{
    volatile uintptr_t there = place;
    return *(const volatile uint16_t *)there;
}

static void *rom(char a, char b)
{
    const rom_lookup lookup = (rom_lookup)rom_pointer(0x18u);
    uint16_t *const table = (uint16_t *)rom_pointer(0x14u);
    return lookup(table, (uint32_t)(uint8_t)a | ((uint32_t)(uint8_t)b << 8));
}

static void plain(char a, char b)
{
    const rom_plain call = (rom_plain)rom(a, b);
    call();
}

static void begin_writing(void)
{
    plain('I', 'F'); /* connect the flash's pins */
    plain('E', 'X'); /* leave the mapped mode */
}

static void end_writing(void)
{
    plain('F', 'C'); /* empty the cache */
    plain('C', 'X'); /* map it again, by the plain read command */
}

static void program(uint8_t slot, uint32_t page, const uint8_t *bytes)
{
    const rom_program call = (rom_program)rom('R', 'P');
    begin_writing();
    call(FIRST + (slot * AREA) + (page * PAGE), bytes, PAGE);
    end_writing();
}

static bool blank(const uint8_t *bytes)
{
    for (size_t i = 0u; i < PAGE; i++) {
        if (bytes[i] != 0xFFu) {
            return false;
        }
    }
    return true;
}

/* Pages are filled in order, so that behind the first blank one all are: halving finds it in ten looks. */
static uint32_t used(uint8_t slot)
{
    uint32_t least = 0u;
    uint32_t most = PAGES;
    while (least < most) {
        const uint32_t middle = (least + most) / 2u;
        if (blank(at(slot, middle))) {
            most = middle;
        } else {
            least = middle + 1u;
        }
    }
    return least;
}

static void empty(uint8_t slot, void (*calm)(void))
{
    uint8_t last[PAGE];
    const rom_erase call = (rom_erase)rom('R', 'E');
    (void)memcpy(last, at(slot, pages[slot] - 1u), PAGE);
    for (uint32_t offset = AREA; offset > 0u; offset -= SECTOR) { /* by sectors, each at most 0.4 s */
        begin_writing();
        call(FIRST + (slot * AREA) + offset - SECTOR, SECTOR, BLOCK, 0xD8u);
        end_writing();
        calm();
    }
    program(slot, 0u, last);
    pages[slot] = 1u;
}

void flash_store_start(void (*calm)(void))
{
    uint32_t numbers[2] = {0u, 0u};
    for (uint8_t slot = 0u; slot < 2u; slot++) {
        pages[slot] = used(slot);
        calm();
        if (pages[slot] > 0u) {
            numbers[slot] = tf_get_u32(&at(slot, pages[slot] - 1u)[4]); /* the core's number of the record */
        }
    }
    const uint8_t older = ((numbers[0] - numbers[1]) < UINT32_C(0x80000000)) ? 1u : 0u;
    if (pages[older] >= PAGES_MOST) {
        empty(older, calm);
    }
}

static bool load_record(void *context, uint8_t slot, uint8_t *record, size_t size)
{
    (void)context;
    if (pages[slot] == 0u) {
        (void)memset(record, 0xFF, size);
    } else {
        (void)memcpy(record, at(slot, pages[slot] - 1u), size);
    }
    return true;
}

static bool store_record(void *context, uint8_t slot, const uint8_t *record, size_t size)
{
    uint8_t page[PAGE];
    (void)context;
    if (pages[slot] >= PAGES) {
        return false;
    }
    (void)memset(page, 0xFF, sizeof page);
    (void)memcpy(page, record, size);
    program(slot, pages[slot], page);
    pages[slot]++;
    return memcmp(page, at(slot, pages[slot] - 1u), sizeof page) == 0;
}

const tf_storage flash_store = {load_record, store_record, NULL};
