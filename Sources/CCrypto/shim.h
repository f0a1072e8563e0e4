#pragma once

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

// Keys a context for HMAC-SHA-256. The parameters' names are pointers into this header's string literals; made in Swift,
// they would be pointers to temporary copies.
static inline int ccrypto_hmac_sha256_key(EVP_MAC_CTX *context, const unsigned char *key, size_t length) {
  char digest[] = "SHA256";
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end(),
  };
  return EVP_MAC_init(context, key, length, parameters);
}
