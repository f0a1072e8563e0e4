#ifndef JSON_SCALAR_H
#define JSON_SCALAR_H

#include <cstdint>

// The grammar of numbers and strings, RFC 8259 sections 6 and 7.

inline bool is_json_space(uint8_t byte) noexcept {
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

bool is_json_number(const uint8_t *text, uint32_t length) noexcept;

// Whether every backslash begins an escape of the grammar. Any four hexadecimal digits are: a surrogate without its
// other half is legal JSON, though not Unicode text.
bool are_json_escapes(const uint8_t *text, uint32_t length) noexcept;

// Writes the text that checked escapes stand for, never more bytes than `length`. A lone surrogate is written as if it
// were a character, so that different names stay different, and reported.
uint32_t unescape_json(const uint8_t *text, uint32_t length, uint8_t *target, bool *is_ill_formed) noexcept;

#endif
