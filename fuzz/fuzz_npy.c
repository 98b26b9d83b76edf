/* Any bytes are an error, or an array that lies within them and converts. */
#include "fuzz.h"

#include "base/memory.h"
#include "io/npy.h"

static void convert(const pb_npy *array) {
    float *floats = pb_malloc((size_t)array->n_items, sizeof *floats);
    int64_t *integers = pb_malloc((size_t)array->n_items, sizeof *integers);
    FUZZ_CHECK(floats && integers);
    (void)pb_npy_to_f32(array, 0, array->n_items, floats);
    (void)pb_npy_to_i64(array, 0, array->n_items, integers);
    pb_free(floats);
    pb_free(integers);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    pb_npy array;
    const pb_status status = pb_npy_parse(bytes, size, "fuzz.npy", &array);
    if (status == PB_STATUS_OK) {
        const size_t offset = (size_t)((const uint8_t *)array.data - bytes);
        FUZZ_CHECK(offset <= size && size - offset == (size_t)array.n_items * pb_npy_item_bytes(array.type));
        convert(&array);
        pb_npy_close(&array);
    }
    fuzz_check_end(status);
    return 0;
}
