#ifndef JSON_READER_H
#define JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A strict JSON reader (RFC 8259) over simdjson's structural index. It converts no number and builds no tree: it checks
// the whole document and says where its parts are. A reader belongs to one thread and reuses its buffers, so that
// reading a message allocates nothing once they have grown to the largest message seen.

typedef struct json_reader json_reader;

enum json_kind {
  JSON_NULL,
  JSON_FALSE,
  JSON_TRUE,
  JSON_NUMBER,
  JSON_STRING,
  JSON_ARRAY,
  JSON_OBJECT,
};

enum json_error {
  JSON_OK,
  JSON_MALFORMED,
  JSON_NOT_UTF8,
  JSON_TOO_DEEP,
  JSON_DUPLICATE_KEY,
  JSON_TOO_LARGE,
  JSON_NO_MEMORY,
};

#define JSON_NONE UINT32_MAX

// A value of the document. The root is node 0; its members follow in the order of the document.
typedef struct {
  // The name, unescaped; NULL for the root and for elements of arrays.
  const uint8_t *key;
  // The name's first 8 bytes, zeros after its end: most comparisons need no more.
  uint64_t key_prefix;
  uint32_t key_length;
  // The value's text in the document: without the quotes for strings, with the brackets for objects and arrays.
  uint32_t start;
  uint32_t length;
  uint32_t parent;
  uint32_t first_child;
  uint32_t next;
  uint8_t kind;
  // The string's text has escapes and must be unescaped before use.
  bool is_escaped;
  // The name has an escaped surrogate without its other half, and so is no Unicode text.
  bool key_is_ill_formed;
} json_node;

// Returns NULL when there is no memory. Containers may stand in one another `maximum_depth` deep, the root included.
json_reader *json_reader_create(uint32_t maximum_depth);
void json_reader_destroy(json_reader *reader);

// Checks the document and lists its nodes: all of them, or (`all` false) the root, its members and their members, not the
// elements of arrays. Names that occur twice in one listed object are an error, with the list complete all the same.
// On an error `*offset` is the byte near which it was found.
enum json_error json_reader_read(
    json_reader *reader, const uint8_t *text, size_t length, bool all, uint32_t *offset);

// The reader's own copy of the document last read.
const uint8_t *json_reader_text(const json_reader *reader, uint32_t *length);

uint32_t json_reader_count(const json_reader *reader);

// NULL when there is no such node.
const json_node *json_reader_node(const json_reader *reader, uint32_t index);

// The member of `parent` with that name, or JSON_NONE.
uint32_t json_reader_find(const json_reader *reader, uint32_t parent, const uint8_t *name, size_t length);

// The second of two members with one name; JSON_NONE without duplicates.
uint32_t json_reader_duplicate(const json_reader *reader);

// The text of a string node, good until the next call on this reader; NULL when it is no Unicode text (an escaped
// surrogate without its other half) or the node is no string.
const uint8_t *json_reader_string(json_reader *reader, uint32_t index, uint32_t *length);

#ifdef __cplusplus
}
#endif

#endif
