/* Any bytes are an error, or tensors that cover what follows the header without holes or overlaps. */
#include "fuzz.h"

#include "io/safetensors.h"

static uint8_t sum_of_bytes(const pb_tensor *tensor) {
    uint8_t sum = 0;
    for (size_t i = 0; i < tensor->bytes; i++)
        sum = (uint8_t)(sum + ((const uint8_t *)tensor->data)[i]);
    return sum;
}

static void check_tensors(const pb_safetensors *file, const uint8_t *end) {
    static volatile uint8_t sink; /* keeps the reads, for the address sanitizer */
    for (int64_t i = pb_safetensors_count(file); i-- > 0;) {
        const pb_tensor *tensor = pb_safetensors_at(file, i), *required;
        FUZZ_CHECK((const uint8_t *)tensor->data + tensor->bytes == end);
        FUZZ_CHECK(tensor->bytes == (size_t)tensor->n_items * pb_dtype_bytes(tensor->type));
        FUZZ_CHECK(pb_safetensors_find(file, tensor->name) == tensor);
        FUZZ_CHECK(pb_safetensors_require(file, tensor->name, tensor->type, tensor->n_dims, tensor->shape,
                                          &required) == PB_STATUS_OK);
        sink = sum_of_bytes(tensor);
        end = tensor->data;
    }
    (void)sink;
    (void)pb_safetensors_metadata(file, "format");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    pb_safetensors *file;
    const pb_status status = pb_safetensors_parse(bytes, size, "fuzz.safetensors", &file);
    if (status == PB_STATUS_OK) {
        check_tensors(file, bytes + size);
        pb_safetensors_close(file);
    }
    fuzz_check_end(status);
    return 0;
}
