// The public headers in C++, and that their functions link: one from each that can be called without inputs.
#include <cstdio>
#include <cstring>

#include <purebank/purebank.h>

int main()
{
    int64_t n_methods = 0;
    const pb_method *rule = pb_method_find(PB_METHOD_AUDIT, "imgmax_mad");
    const pb_method *const *methods = pb_purify_methods(&n_methods);
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    pb_image image{};
    const bool right = std::strlen(pb_version()) > 0 && pb_threads_get() >= 1 && rule != nullptr &&
                       pb_audit_is_for_use(rule) && n_methods > 0 && methods != nullptr && options.k == 0 &&
                       pb_image_new(0, 1, &image) == PB_STATUS_BAD_ARGUMENT && std::strlen(pb_error_message()) > 0;
    std::printf("purebank %s from C++: %s\n", pb_version(), right ? "ok" : "wrong");
    return right ? 0 : 1;
}
