/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_JSON_H
#define HUGECONTIG_TOOL_JSON_H

#include <stdbool.h>
#include <stdio.h>

/**
 * struct json - a value that is being written, on one line
 * @out:   where to
 * @comma: whether something stands before the next member
 */
struct json {
	FILE *out;
	bool comma;
};

void json_begin(struct json *json, FILE *out);
void json_finish(struct json *json);
void json_open(struct json *json, const char *key, char bracket);
void json_close(struct json *json, char bracket);
void json_string(struct json *json, const char *key, const char *value);
void json_number(struct json *json, const char *key, unsigned long long number);
void json_decimal(struct json *json, const char *key, double number);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
void json_value(struct json *json, const char *key, const char *value);

#endif /* HUGECONTIG_TOOL_JSON_H */
