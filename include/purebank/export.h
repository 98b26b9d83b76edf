/** @file export.h
 *  @brief Symbol visibility: everything public is marked PB_API, the rest stays inside the shared object. */
#ifndef PUREBANK_EXPORT_H
#define PUREBANK_EXPORT_H

#if defined(__GNUC__)
#define PB_API __attribute__((visibility("default")))
#else
#define PB_API
#endif

#ifdef __cplusplus
#define PB_BEGIN_DECLS extern "C" {
#define PB_END_DECLS }
#else
#define PB_BEGIN_DECLS
#define PB_END_DECLS
#endif

#endif
