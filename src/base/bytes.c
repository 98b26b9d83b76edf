#include "base/bytes.h"

#include <string.h>

#include "base/memory.h"

void pb_bytes_free(pb_bytes *bytes)
{
    pb_free(bytes->data);
    *bytes = (pb_bytes){0};
}

pb_status pb_bytes_extend(pb_bytes *bytes, size_t size, void **out)
{
    if (size > (size_t)INT64_MAX - bytes->size)
        return pb_fail(PB_STATUS_LIMIT, "%zu bytes are more than fit behind %zu", size, bytes->size);
    PB_TRY(PB_RESERVE(bytes->data, (int64_t)(bytes->size + size), bytes->capacity));
    *out = bytes->data + bytes->size;
    bytes->size += size;
    return PB_STATUS_OK;
}

pb_status pb_bytes_add(pb_bytes *bytes, const void *from, size_t size)
{
    void *room = NULL;
    if (size == 0)
        return PB_STATUS_OK;
    PB_TRY(pb_bytes_extend(bytes, size, &room));
    memcpy(room, from, size);
    return PB_STATUS_OK;
}

pb_status pb_bytes_add_integer(pb_bytes *bytes, int64_t value)
{
    return pb_bytes_add(bytes, &value, sizeof value);
}

pb_status pb_bytes_add_text(pb_bytes *bytes, const char *text)
{
    return pb_bytes_add(bytes, text, strlen(text) + 1);
}

pb_bytes_reader pb_bytes_read(const pb_bytes *bytes)
{
    return (pb_bytes_reader){bytes->data, bytes->size};
}

pb_status pb_bytes_take_view(pb_bytes_reader *reader, size_t size, const void **out)
{
    if (size > reader->left)
        return pb_fail(PB_STATUS_INTERNAL, "%zu bytes of a message are left where %zu are needed", reader->left, size);
    *out = reader->at;
    reader->at += size;
    reader->left -= size;
    return PB_STATUS_OK;
}

pb_status pb_bytes_take(pb_bytes_reader *reader, void *out, size_t size)
{
    const void *from = NULL;
    PB_TRY(pb_bytes_take_view(reader, size, &from));
    if (size > 0)
        memcpy(out, from, size);
    return PB_STATUS_OK;
}

pb_status pb_bytes_take_integer(pb_bytes_reader *reader, int64_t *out)
{
    return pb_bytes_take(reader, out, sizeof *out);
}

pb_status pb_bytes_take_text(pb_bytes_reader *reader, const char **out)
{
    const void *from = NULL;
    const size_t length = reader->left > 0 ? strnlen((const char *)reader->at, reader->left) : 0;
    PB_TRY(pb_bytes_take_view(reader, length + 1, &from));
    *out = from;
    return PB_STATUS_OK;
}
