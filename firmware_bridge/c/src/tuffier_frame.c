/* Packets in a stream of bytes: COBS(id, payload, CRC-32) 0x00. */
#include "tuffier_frame.h"

uint32_t tf_crc32(const uint8_t *bytes, size_t size)
{
    /* Half a byte at a time: 64 bytes of table instead of 1024. */
    static const uint32_t table[16] = {
        UINT32_C(0x00000000), UINT32_C(0x1DB71064), UINT32_C(0x3B6E20C8), UINT32_C(0x26D930AC),
        UINT32_C(0x76DC4190), UINT32_C(0x6B6B51F4), UINT32_C(0x4DB26158), UINT32_C(0x5005713C),
        UINT32_C(0xEDB88320), UINT32_C(0xF00F9344), UINT32_C(0xD6D6A3E8), UINT32_C(0xCB61B38C),
        UINT32_C(0x9B64C2B0), UINT32_C(0x86D3D2D4), UINT32_C(0xA00AE278), UINT32_C(0xBDBDF21C)};
    uint32_t crc = UINT32_C(0xFFFFFFFF);
    for (size_t i = 0u; i < size; i++) {
        crc ^= bytes[i];
        crc = (crc >> 4) ^ table[crc & 0xFu];
        crc = (crc >> 4) ^ table[crc & 0xFu];
    }
    return crc ^ UINT32_C(0xFFFFFFFF);
}

/* In place: what is written never overtakes what is read. Returns false when the lengths do not fit. */
static bool unstuff(uint8_t *bytes, size_t *size)
{
    size_t from = 0u;
    size_t to = 0u;
    while (from < *size) {
        const size_t run = (size_t)bytes[from] - 1u; /* never 0: a zero ends the frame */
        from++;
        if (run > (*size - from)) {
            return false;
        }
        (void)memmove(&bytes[to], &bytes[from], run);
        to += run;
        from += run;
        if (from < *size) {
            bytes[to] = 0u; /* TF_FRAME_MOST < 255: no run is without its zero */
            to++;
        }
    }
    *size = to;
    return true;
}

static tf_received bad(tf_decoder *decoder, tf_bad_cause cause)
{
    decoder->cause = cause;
    return TF_RECEIVED_BAD;
}

static tf_received close_frame(tf_decoder *decoder)
{
    if (decoder->overlong) {
        return bad(decoder, TF_BAD_CAUSE_OVERLONG);
    }
    if (decoder->size == 0u) {
        return TF_RECEIVED_NOTHING;
    }
    if (!unstuff(decoder->packet, &decoder->size)) {
        return bad(decoder, TF_BAD_CAUSE_STUFFING);
    }
    if (decoder->size <= 4u) {
        return bad(decoder, TF_BAD_CAUSE_SHORT);
    }
    decoder->size -= 4u;
    if (tf_crc32(decoder->packet, decoder->size) != tf_get_u32(&decoder->packet[decoder->size])) {
        return bad(decoder, TF_BAD_CAUSE_CHECKSUM);
    }
    /* The first six bytes of a Hello keep their meaning in every version: role, protocol, layout. */
    if ((decoder->packet[0] == TF_HELLO_ID) && (decoder->size >= 7u) && (tf_get_u32(&decoder->packet[3]) != TF_LAYOUT)) {
        return TF_RECEIVED_STRANGER;
    }
    decoder->cause = tf_packet_check(decoder->packet, decoder->size);
    return (decoder->cause == TF_BAD_CAUSE_NONE) ? TF_RECEIVED_PACKET : TF_RECEIVED_BAD;
}

tf_received tf_decoder_push(tf_decoder *decoder, uint8_t byte)
{
    if (decoder->ended) {
        decoder->size = 0u;
        decoder->overlong = false;
        decoder->ended = false;
    }
    if (byte == 0u) {
        decoder->ended = true;
        return close_frame(decoder);
    }
    if (decoder->size >= (TF_FRAME_MOST - 1u)) {
        decoder->overlong = true;
    } else {
        decoder->packet[decoder->size] = byte;
        decoder->size++;
    }
    return TF_RECEIVED_NOTHING;
}

size_t tf_frame(const uint8_t *packet, size_t size, uint8_t *frame)
{
    uint8_t checksum[4];
    size_t code_at = 0u; /* where the present run's length goes */
    size_t to = 1u;
    tf_put_u32(checksum, tf_crc32(packet, size));
    for (size_t i = 0u; i < (size + 4u); i++) {
        const uint8_t byte = (i < size) ? packet[i] : checksum[i - size];
        if (byte == 0u) {
            frame[code_at] = (uint8_t)(to - code_at);
            code_at = to;
        } else {
            frame[to] = byte;
        }
        to++;
    }
    frame[code_at] = (uint8_t)(to - code_at);
    frame[to] = 0u;
    return to + 1u;
}
