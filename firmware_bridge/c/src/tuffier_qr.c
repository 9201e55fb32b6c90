/* A QR code of version 3, level L, byte mode, mask 0: words, their check words, and where each bit stands. */
#include "tuffier_qr.h"

#define DATA_WORDS 55u
#define CHECK_WORDS 15u
#define WORDS (DATA_WORDS + CHECK_WORDS)
#define FORMAT UINT32_C(0x77C4) /* level L, mask 0, with their own check bits */
#define FINDER 0x0Bu            /* rings that are dark, by their distance from the middle: 0, 1 and 3 */
#define ALIGNMENT 0x05u         /* 0 and 2 */

/* The half byte that says byte mode, how many bytes, the bytes, a half byte of end; then two fillers in turn. */
static void fill(const char *text, size_t size, uint8_t *words)
{
    uint32_t rest = 4u;
    for (size_t i = 0u; i <= size; i++) {
        const uint32_t next = (i == 0u) ? (uint32_t)size : (uint8_t)text[i - 1u];
        words[i] = (uint8_t)((rest << 4) | (next >> 4));
        rest = next & 0x0Fu;
    }
    words[size + 1u] = (uint8_t)(rest << 4);
    for (size_t i = size + 2u; i < DATA_WORDS; i++) {
        words[i] = (((i - size) & 1u) == 0u) ? 0xECu : 0x11u;
    }
}

/* In GF(256) of x^8 + x^4 + x^3 + x^2 + 1. Without a table, and in bytes: a microcontroller of 8 bits makes a code within a turn of its loop. */
static uint8_t times(uint8_t a, uint8_t b)
{
    uint8_t product = 0u;
    for (uint8_t bit = 0x80u; bit != 0u; bit = (uint8_t)(bit >> 1)) {
        const bool over = (product & 0x80u) != 0u;
        product = (uint8_t)(product << 1);
        if (over) {
            product = (uint8_t)(product ^ 0x1Du);
        }
        if ((b & bit) != 0u) {
            product = (uint8_t)(product ^ a);
        }
    }
    return product;
}

/* What is left of the words divided by the product of (x - 2^i), i from 0 to 14. */
static void check(uint8_t *words)
{
    static const uint8_t divisor[CHECK_WORDS] = {0x1D, 0xC4, 0x6F, 0xA3, 0x70, 0x4A, 0x0A, 0x69,
                                                 0x69, 0x8B, 0x84, 0x97, 0x20, 0x86, 0x1A};
    uint8_t *left = &words[DATA_WORDS];
    (void)memset(left, 0, CHECK_WORDS);
    for (size_t i = 0u; i < DATA_WORDS; i++) {
        const uint8_t factor = words[i] ^ left[0];
        (void)memmove(left, &left[1], CHECK_WORDS - 1u);
        left[CHECK_WORDS - 1u] = 0u;
        for (size_t k = 0u; k < CHECK_WORDS; k++) {
            left[k] ^= times(divisor[k], factor);
        }
    }
}

static void put_module(tf_qr *code, size_t x, size_t y, bool dark)
{
    if (dark) {
        code->rows[y][x / 8u] = (uint8_t)(code->rows[y][x / 8u] | (0x80u >> (x % 8u)));
    }
}

static void put_square(tf_qr *code, size_t middle_x, size_t middle_y, size_t reach, uint32_t rings)
{
    for (size_t y = 0u; y <= (2u * reach); y++) {
        for (size_t x = 0u; x <= (2u * reach); x++) {
            const size_t across = (x > reach) ? (x - reach) : (reach - x);
            const size_t down = (y > reach) ? (y - reach) : (reach - y);
            put_module(code, (middle_x + x) - reach, (middle_y + y) - reach, ((rings >> ((across > down) ? across : down)) & 1u) != 0u);
        }
    }
}

static void put_patterns(tf_qr *code)
{
    put_square(code, 3u, 3u, 3u, FINDER);
    put_square(code, 25u, 3u, 3u, FINDER);
    put_square(code, 3u, 25u, 3u, FINDER);
    put_square(code, 22u, 22u, 2u, ALIGNMENT);
    for (size_t i = 8u; i < 21u; i += 2u) {
        put_module(code, i, 6u, true);
        put_module(code, 6u, i, true);
    }
}

/* Twice: around the first finder, and beside the two others. */
static void put_format(tf_qr *code)
{
    for (size_t i = 0u; i < 15u; i++) {
        const bool dark = ((FORMAT >> i) & 1u) != 0u;
        const size_t behind = (i < 8u) ? i : (14u - i);
        const size_t first = behind + (((i > 5u) && (i < 9u)) ? 1u : 0u); /* over the timing lines */
        if (i < 8u) {
            put_module(code, 8u, first, dark);
            put_module(code, 28u - i, 8u, dark);
        } else {
            put_module(code, first, 8u, dark);
            put_module(code, 8u, 14u + i, dark);
        }
    }
    put_module(code, 8u, 21u, true);
}

/* Where a pattern or the format stands, and no bit of a word. */
static bool reserved(size_t x, size_t y)
{
    const bool corner = ((x < 9u) && ((y < 9u) || (y > 20u))) || ((x > 20u) && (y < 9u));
    const bool aligned = (x > 19u) && (x < 25u) && (y > 19u) && (y < 25u);
    return corner || aligned || (x == 6u) || (y == 6u);
}

/* Past the last word: zeros. Mask 0 turns every other module over. */
static bool module(const uint8_t *words, size_t bit, size_t x, size_t y)
{
    const bool one = (bit < (8u * WORDS)) && ((((uint32_t)words[bit / 8u] >> (7u - (bit % 8u))) & 1u) != 0u);
    const bool turned = ((x + y) % 2u) == 0u;
    return one != turned;
}

/* Bits run up and down in columns of two, from the right, past the timing line. */
static void put_words(tf_qr *code, const uint8_t *words)
{
    size_t bit = 0u;
    for (size_t pair = 0u; pair < 14u; pair++) {
        const size_t right = (pair < 11u) ? (28u - (2u * pair)) : (27u - (2u * pair));
        for (size_t row = 0u; row < TF_QR_SIDE; row++) {
            const size_t y = ((pair % 2u) == 0u) ? (28u - row) : row;
            for (size_t x = right + 1u; x > (right - 1u); x--) {
                if (!reserved(x - 1u, y)) {
                    put_module(code, x - 1u, y, module(words, bit, x - 1u, y));
                    bit++;
                }
            }
        }
    }
}

void tf_qr_encode(const char *text, size_t size, tf_qr *code)
{
    uint8_t words[WORDS];
    (void)memset(code, 0, sizeof *code);
    fill(text, size, words);
    check(words);
    put_patterns(code);
    put_format(code);
    put_words(code, words);
}
