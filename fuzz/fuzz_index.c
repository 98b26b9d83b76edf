/* An index as banks hold it, with any description and any changed bytes, all signed by checksums that fit: an error, or an index
 * that answers with rows that there are.
 * Input: the description, a NUL byte, then changes of five bytes: which tensor, where (three bytes), what is added. The checksum in
 * the description is put right. */
#include "fuzz.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/checksum.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "search/index.h"
#include "search/stored.h"

enum { ROWS = 96, DIM = 12, K = 3, QUERIES = 4, MAX_TEXT = 1 << 12, CHANGE = 5, DIGITS = 16 };

static float rows[ROWS * DIM];

/* The file of a good index, and room for a copy that is changed. */
static uint8_t *good, *changed;
static size_t size;

static void make_rows(void)
{
    uint64_t state = 1;
    for (int i = 0; i < ROWS * DIM; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        rows[i] = (float)(state >> 40) / (float)(1 << 24) * (float)(i % DIM + 1);
    }
}

static void make_file(void)
{
    static const pb_filter_plan plan = {.precision = PB_PRECISION_F32, .coarse = 4, .fine = 8};
    char path[64];
    pb_index *index = NULL;
    pb_stored stored;
    pb_file_map map;
    make_rows();
    snprintf(path, sizeof path, "/dev/shm/purebank-fuzz-%ld.index", (long)getpid());
    FUZZ_CHECK(pb_index_new_with(rows, ROWS, DIM, PB_METRIC_EUCLIDEAN, &plan, &index) == PB_STATUS_OK);
    FUZZ_CHECK(pb_stored_of(index, &stored) == PB_STATUS_OK);
    FUZZ_CHECK(pb_safetensors_write(path, stored.tensors, stored.n_tensors, NULL, NULL, 0) == PB_STATUS_OK);
    FUZZ_CHECK(pb_file_map_open(path, &map) == PB_STATUS_OK);
    size = map.size;
    good = malloc(size);
    changed = malloc(size);
    memcpy(good, map.bytes, size);
    pb_file_map_close(&map);
    unlink(path);
    pb_stored_clear(&stored);
    pb_index_free(index);
}

static uint8_t *bytes_of(const pb_safetensors *file, const char *name, size_t *n)
{
    const pb_tensor *tensor = pb_safetensors_find(file, name);
    *n = tensor ? tensor->bytes : 0;
    return tensor ? changed + ((const uint8_t *)tensor->data - changed) : NULL;
}

static void change(const pb_safetensors *file, const uint8_t *input, size_t n)
{
    for (; n >= CHANGE; n -= CHANGE, input += CHANGE) {
        const pb_tensor *tensor = pb_safetensors_at(file, input[0] % pb_safetensors_count(file));
        const size_t at = ((size_t)input[1] | (size_t)input[2] << 8 | (size_t)input[3] << 16) % tensor->bytes;
        changed[(size_t)((const uint8_t *)tensor->data - changed) + at] += input[4];
    }
}

static uint64_t add(const pb_safetensors *file, const char *const *names, size_t n_names, uint64_t sum)
{
    for (size_t i = 0; i < n_names; i++) {
        size_t n;
        const uint8_t *bytes = bytes_of(file, names[i], &n);
        if (n > 0)
            sum = pb_checksum(bytes, n, sum);
    }
    return sum;
}

/* As stored.c does it, for an index of one block. */
static void sign(const pb_safetensors *file, char *description)
{
    static const char *const of_blocks[] = {"index.values", "index.half_square", "index.losses", "index.fine"};
    static const char *const others[] = {"index.centre", "index.axes", "index.checksums"};
    size_t n;
    const uint64_t block = add(file, of_blocks, 4, 0);
    memcpy(bytes_of(file, "index.checksums", &n), &block, sizeof block);
    char digits[DIGITS + 1], *at = strstr(description, "\"checksum\":\"");
    snprintf(digits, sizeof digits, "%016llx", (unsigned long long)add(file, others, 3, 0));
    if (at && strlen(at) >= 12 + DIGITS)
        memcpy(at + 12, digits, DIGITS);
}

static void check_answers(const pb_index *index)
{
    double distances[QUERIES * K];
    int64_t indices[QUERIES * K];
    const pb_status status = pb_index_search(index, rows, QUERIES, K, distances, indices);
    FUZZ_CHECK(status == PB_STATUS_OK || status == PB_STATUS_INTERNAL); /* it holds fewer rows than it says */
    for (int i = 0; status == PB_STATUS_OK && i < QUERIES * K; i++)
        FUZZ_CHECK(isfinite(distances[i]) && indices[i] >= 0 && indices[i] < ROWS);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static char description[MAX_TEXT + 1];
    const uint8_t *end = n > 0 ? memchr(bytes, 0, n) : NULL;
    const size_t length = end ? (size_t)(end - bytes) : n;
    pb_safetensors *file = NULL;
    pb_index *index = NULL;
    if (length > MAX_TEXT)
        return 0;
    if (!good)
        make_file();
    if (length > 0)
        memcpy(description, bytes, length);
    description[length] = '\0';
    memcpy(changed, good, size);
    FUZZ_CHECK(pb_safetensors_parse(changed, size, "fuzz", &file) == PB_STATUS_OK);
    if (end)
        change(file, end + 1, n - length - 1);
    sign(file, description);
    const pb_status status = pb_stored_open(file, description, rows, ROWS, DIM, &index);
    if (status == PB_STATUS_OK)
        check_answers(index);
    pb_index_free(index);
    pb_safetensors_close(file);
    fuzz_check_end(status);
    return 0;
}
