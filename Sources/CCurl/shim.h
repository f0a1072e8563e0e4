#ifndef CCURL_SHIM_H
#define CCURL_SHIM_H

#include <curl/curl.h>

// Swift cannot call variadic functions. One function for each type of value that options take.
static inline CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
  return (curl_easy_setopt)(handle, option, value);
}
static inline CURLcode ccurl_set_large(CURL *handle, CURLoption option, curl_off_t value) {
  return (curl_easy_setopt)(handle, option, value);
}
static inline CURLcode ccurl_set_text(CURL *handle, CURLoption option, const char *value) {
  return (curl_easy_setopt)(handle, option, value);
}
static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, const void *value) {
  return (curl_easy_setopt)(handle, option, value);
}
static inline CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
  return (curl_easy_setopt)(handle, option, value);
}

typedef size_t (*ccurl_receive)(char *bytes, size_t size, size_t count, void *context);
static inline CURLcode ccurl_set_receiver(CURL *handle, CURLoption option, ccurl_receive function) {
  return (curl_easy_setopt)(handle, option, function);
}
typedef int (*ccurl_before_request)(void *context, char *primary_ip, char *local_ip, int primary_port, int local_port);
static inline CURLcode ccurl_set_before_request(CURL *handle, ccurl_before_request function) {
  return (curl_easy_setopt)(handle, CURLOPT_PREREQFUNCTION, function);
}

static inline CURLcode ccurl_get_long(CURL *handle, CURLINFO info, long *value) {
  return (curl_easy_getinfo)(handle, info, value);
}
static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return (curl_multi_setopt)(multi, option, value);
}

// The union inside a CURLMsg, whose meaning depends on `msg`.
static inline CURLcode ccurl_message_result(const CURLMsg *message) { return message->data.result; }

// Constants whose C type Swift does not import as a number, or not at all.
enum { CCURL_PREREQ_OK = CURL_PREREQFUNC_OK, CCURL_PREREQ_ABORT = CURL_PREREQFUNC_ABORT };
enum { CCURL_HTTP_2_TLS = CURL_HTTP_VERSION_2TLS, CCURL_TLS_1_2 = CURL_SSLVERSION_TLSv1_2 };

static inline CURLcode ccurl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

#endif
