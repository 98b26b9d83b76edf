#include "io/json.h"

#include <stdbool.h>
#include <string.h>

#include "base/memory.h"

/* 17 digits bring every double back exactly. ENCODE_ANY and DECODE_ANY: a bare string or number is JSON too. */
enum {
    PARSE_FLAGS = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
    TEXT_FLAGS = JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(17),
    FILE_FLAGS = JSON_ENCODE_ANY | JSON_INDENT(2) | JSON_REAL_PRECISION(17)
};

/* Where its buffer cannot grow, jansson (2.14, strbuffer_append_byte() in load.c) leaves a character out and goes on: a name or a
 * number would be another one. The second reading, whose buffer would have to fail at the same place, tells. */
static bool reads_the_same(const char *text, size_t size, const json_t *value)
{
    json_t *again = json_loadb(text, size, PARSE_FLAGS, NULL);
    const bool same = again && json_equal(value, again);
    json_decref(again);
    return same;
}

/* ... and, where it leaves out one that it needs, calls abort(). So there must be room for all that a text can become before it
 * begins. */
static pb_status check_room(size_t size)
{
    enum { BYTES_A_BYTE = 8, BYTES_AT_LEAST = 4096 };
    void *room = pb_malloc(size + BYTES_AT_LEAST, BYTES_A_BYTE);
    pb_free(room);
    return room ? PB_STATUS_OK : PB_STATUS_NO_MEMORY;
}

pb_status pb_json_parse(const char *text, size_t size, const char *name, json_t **out)
{
    static const char mark[] = "\xef\xbb\xbf"; /* of byte order, which some editors put before UTF-8 */
    json_error_t error;
    if (size >= sizeof mark - 1 && memcmp(text, mark, sizeof mark - 1) == 0) {
        text += sizeof mark - 1;
        size -= sizeof mark - 1;
    }
    PB_TRY(check_room(size));
    json_t *value = json_loadb(text, size, PARSE_FLAGS, &error);
    if (value && !reads_the_same(text, size, value)) {
        json_decref(value);
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory: cannot read the JSON of %s", name);
    }
    if (!value && json_error_code(&error) == json_error_out_of_memory)
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory: cannot read the JSON of %s", name);
    if (!value)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s is not valid JSON: line %d, column %d: %s", name, error.line,
                       error.column, error.text);
    *out = value;
    return PB_STATUS_OK;
}

pb_status pb_json_load(const char *path, size_t max_bytes, json_t **out)
{
    uint8_t *bytes;
    size_t size;
    PB_TRY(pb_file_read(path, max_bytes, &bytes, &size));
    const pb_status status = pb_json_parse((const char *)bytes, size, path, out);
    pb_free(bytes);
    return status;
}

typedef struct json_target {
    pb_writer *writer;
    pb_status status;
} json_target;

static int write_piece(const char *text, size_t size, void *context)
{
    json_target *target = context;
    target->status = pb_writer_write(target->writer, text, size);
    return target->status == PB_STATUS_OK ? 0 : -1;
}

pb_status pb_json_write(const json_t *value, pb_writer *writer)
{
    if (!value) /* jansson's constructors return NULL for text that is not UTF-8, too */
        return pb_fail(PB_STATUS_NO_MEMORY, "cannot build a JSON file: out of memory, or text that is not UTF-8");
    json_target target = {writer, PB_STATUS_OK};
    if (json_dump_callback(value, write_piece, &target, FILE_FLAGS) != 0)
        return target.status != PB_STATUS_OK ? target.status
                                             : pb_fail(PB_STATUS_NO_MEMORY, "out of memory: cannot write a JSON file");
    return pb_writer_write(writer, "\n", 1);
}

pb_status pb_json_save(const json_t *value, const char *path)
{
    pb_writer *writer;
    PB_TRY(pb_writer_open(path, &writer));
    return pb_json_commit(value, writer);
}

pb_status pb_json_commit(const json_t *value, pb_writer *writer)
{
    const pb_status status = pb_json_write(value, writer);
    if (status != PB_STATUS_OK) {
        pb_writer_abort(writer);
        return status;
    }
    return pb_writer_commit(writer);
}

pb_status pb_json_text(const json_t *value, char **out)
{
    const size_t size = json_dumpb(value, NULL, 0, TEXT_FLAGS);
    if (size == 0)
        return pb_fail(PB_STATUS_NO_MEMORY, "cannot build JSON text: out of memory, or text that is not UTF-8");
    char *text;
    PB_TRY(PB_NEW_UNINITIALISED(text, size + 1));
    if (json_dumpb(value, text, size, TEXT_FLAGS) != size) {
        pb_free(text);
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory: cannot write JSON text");
    }
    text[size] = '\0';
    *out = text;
    return PB_STATUS_OK;
}
