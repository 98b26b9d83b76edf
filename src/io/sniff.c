#include "io/sniff.h"

#include <string.h>

#include "io/image_codec.h"

enum { LENGTH_BYTES = 8, TEXT_BYTES = 256 };

bool pb_sniff_is_safetensors(const uint8_t *bytes, size_t size)
{
    /* A header has at most 100 MB: the upper half of its length is 0, which no text begins with. */
    static const uint8_t zeroes[4];
    return size > LENGTH_BYTES && memcmp(bytes + 4, zeroes, sizeof zeroes) == 0 && bytes[LENGTH_BYTES] == '{';
}

static bool is_text(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size && i < TEXT_BYTES; i++)
        if ((bytes[i] < 0x20 && !strchr("\t\n\r\f", bytes[i])) || bytes[i] == 0 || bytes[i] == 0x7f)
            return false;
    return true;
}

const char *pb_sniff(const uint8_t *bytes, size_t size)
{
    static const char zip[] = "PK\x03\x04";
    if (size == 0)
        return "an empty file";
    const char *format = pb_image_format_name(bytes, size);
    if (format)
        return format;
    if (size >= sizeof zip - 1 && memcmp(bytes, zip, sizeof zip - 1) == 0)
        return "a ZIP archive, as PyTorch's checkpoints are";
    if (pb_sniff_is_safetensors(bytes, size))
        return "safetensors";
    if (!is_text(bytes, size))
        return "nothing that is known here";
    return bytes[0] == '{' || bytes[0] == '[' ? "JSON" : bytes[0] == '<' ? "HTML or XML" : "text";
}
