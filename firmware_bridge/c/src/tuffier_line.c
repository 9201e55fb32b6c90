/* A port's serial line. One interrupt puts, one loop gets: no lock is needed, since each of the two counts has one writer. */
#include "tuffier_line.h"

void tf_line_put(tf_line *line, uint8_t byte)
{
    const uint32_t in = line->in;
    if ((in - line->out) < TF_LINE_RECEIVED) {
        line->received[in % TF_LINE_RECEIVED] = byte;
        line->in = in + 1u; /* last: the loop may look at any time */
    }
}

bool tf_line_get(tf_line *line, uint8_t *byte)
{
    const uint32_t out = line->out;
    if (out == line->in) {
        return false;
    }
    *byte = line->received[out % TF_LINE_RECEIVED];
    line->out = out + 1u;
    return true;
}

bool tf_line_take(tf_line *line, tf_device *device, uint8_t *byte)
{
    if (line->sending_at == line->sending_size) {
        line->sending_size = tf_device_take(device, line->sending, sizeof line->sending);
        line->sending_at = 0u;
    }
    if (line->sending_at == line->sending_size) {
        return false;
    }
    *byte = line->sending[line->sending_at];
    line->sending_at++;
    return true;
}
