#include "json_scalar.h"

namespace {

bool is_digit(uint8_t byte) noexcept { return uint8_t(byte - '0') <= 9; }

// 16 and more for what is no hexadecimal digit.
uint32_t hex(uint8_t byte) noexcept {
  if (is_digit(byte)) return byte - '0';
  uint8_t lower = byte | 0x20;
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10u : 16u;
}

uint32_t code_unit(const uint8_t *digits) noexcept {
  return hex(digits[0]) << 12 | hex(digits[1]) << 8 | hex(digits[2]) << 4 | hex(digits[3]);
}

uint8_t *encode(uint32_t scalar, uint8_t *target) noexcept {
  if (scalar < 0x80) {
    *target++ = uint8_t(scalar);
  } else if (scalar < 0x800) {
    *target++ = uint8_t(0xC0 | scalar >> 6);
    *target++ = uint8_t(0x80 | (scalar & 0x3F));
  } else if (scalar < 0x10000) {
    *target++ = uint8_t(0xE0 | scalar >> 12);
    *target++ = uint8_t(0x80 | (scalar >> 6 & 0x3F));
    *target++ = uint8_t(0x80 | (scalar & 0x3F));
  } else {
    *target++ = uint8_t(0xF0 | scalar >> 18);
    *target++ = uint8_t(0x80 | (scalar >> 12 & 0x3F));
    *target++ = uint8_t(0x80 | (scalar >> 6 & 0x3F));
    *target++ = uint8_t(0x80 | (scalar & 0x3F));
  }
  return target;
}

uint8_t unescaped(uint8_t letter) noexcept {
  switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return letter;
  }
}

}  // namespace

bool is_json_number(const uint8_t *text, uint32_t length) noexcept {
  const uint8_t *end = text + length;
  if (text < end && *text == '-') text++;
  if (text == end || !is_digit(*text)) return false;
  if (*text == '0') {
    text++;
  } else {
    while (text < end && is_digit(*text)) text++;
  }
  if (text < end && *text == '.') {
    text++;
    if (text == end || !is_digit(*text)) return false;
    while (text < end && is_digit(*text)) text++;
  }
  if (text < end && (*text == 'e' || *text == 'E')) {
    text++;
    if (text < end && (*text == '+' || *text == '-')) text++;
    if (text == end || !is_digit(*text)) return false;
    while (text < end && is_digit(*text)) text++;
  }
  return text == end;
}

bool are_json_escapes(const uint8_t *text, uint32_t length) noexcept {
  const uint8_t *end = text + length;
  while (text < end) {
    if (*text == '"') return false;
    if (*text++ != '\\') continue;
    if (text == end) return false;
    switch (*text++) {
      case '"':
      case '\\':
      case '/':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't': break;
      case 'u':
        if (end - text < 4) return false;
        for (int digit = 0; digit < 4; digit++) {
          if (hex(*text++) > 15) return false;
        }
        break;
      default: return false;
    }
  }
  return true;
}

uint32_t unescape_json(const uint8_t *text, uint32_t length, uint8_t *target, bool *is_ill_formed) noexcept {
  const uint8_t *end = text + length;
  const uint8_t *start = target;
  *is_ill_formed = false;
  while (text < end) {
    uint8_t byte = *text++;
    if (byte != '\\') {
      *target++ = byte;
      continue;
    }
    uint8_t letter = *text++;
    if (letter != 'u') {
      *target++ = unescaped(letter);
      continue;
    }
    uint32_t scalar = code_unit(text);
    text += 4;
    bool is_high = scalar >= 0xD800 && scalar < 0xDC00;
    if (is_high && end - text >= 6 && text[0] == '\\' && text[1] == 'u') {
      uint32_t low = code_unit(text + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        scalar = 0x10000 + ((scalar - 0xD800) << 10) + (low - 0xDC00);
        text += 6;
      }
    }
    if (scalar >= 0xD800 && scalar < 0xE000) *is_ill_formed = true;
    target = encode(scalar, target);
  }
  return uint32_t(target - start);
}
