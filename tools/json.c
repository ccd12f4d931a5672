// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes JSON, an object a line.
 */
#include <ctype.h>
#include <string.h>

#include "json.h"

/* Of the bytes of a character of more than one: none is there in disguise. */
static size_t utf8_length(const unsigned char *text)
{
	size_t length, i;

	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	length = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	for (i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	/* Too long for what it says, a surrogate, or beyond the last character. */
	if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
	    (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	return length;
}

static void quote(FILE *out, const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t length;

	putc('"', out);
	while (*c) {
		length = 1;
		if (*c == '"' || *c == '\\') {
			fprintf(out, "\\%c", *c);
		} else if (*c < ' ' || *c == 0x7f) {
			fprintf(out, "\\u%04x", *c);
		} else if (*c < 0x80) {
			putc(*c, out);
		} else {
			length = utf8_length(c);
			if (length)
				fwrite(c, 1, length, out);
			else
				fputs("\\ufffd", out);
			length += !length;
		}
		c += length;
	}
	putc('"', out);
}

static void begin_member(struct json *json, const char *key)
{
	if (json->comma)
		putc(',', json->out);
	json->comma = true;
	if (key) {
		quote(json->out, key);
		putc(':', json->out);
	}
}

/**
 * json_begin() - begin an object
 * @json: the object
 * @out:  where to write it
 */
void json_begin(struct json *json, FILE *out)
{
	json->out = out;
	json->comma = false;
	json_open(json, NULL, '{');
}

/**
 * json_finish() - end it, and the line
 * @json: the object
 */
void json_finish(struct json *json)
{
	json_close(json, '}');
	putc('\n', json->out);
}

/**
 * json_open() - begin an object or array inside
 * @json:    what it is in
 * @key:     its key; NULL: of an element of an array
 * @bracket: the opening one
 */
void json_open(struct json *json, const char *key, char bracket)
{
	begin_member(json, key);
	putc(bracket, json->out);
	json->comma = false;
}

/**
 * json_close() - end it
 * @json:    what it is in
 * @bracket: the closing one
 */
void json_close(struct json *json, char bracket)
{
	putc(bracket, json->out);
	json->comma = true;
}

/**
 * json_string() - a member that is a string
 * @json:  what it is in
 * @key:   its key, or NULL
 * @value: the string; what is no UTF-8 in it is replaced
 */
void json_string(struct json *json, const char *key, const char *value)
{
	begin_member(json, key);
	quote(json->out, value);
}

/**
 * json_number() - a member that is a number
 * @json:   what it is in
 * @key:    its key, or NULL
 * @number: the number
 */
void json_number(struct json *json, const char *key, unsigned long long number)
{
	begin_member(json, key);
	fprintf(json->out, "%llu", number);
}

/**
 * json_decimal() - a member that is a number with decimals
 * @json:   what it is in
 * @key:    its key, or NULL
 * @number: the number
 */
void json_decimal(struct json *json, const char *key, double number)
{
	begin_member(json, key);
	fprintf(json->out, "%.3f", number);
}

/**
 * json_bool() - a member that is true or false
 * @json:  what it is in
 * @key:   its key, or NULL
 * @value: which
 */
void json_bool(struct json *json, const char *key, bool value)
{
	begin_member(json, key);
	fputs(value ? "true" : "false", json->out);
}

/**
 * json_null() - a member whose value is not known
 * @json: what it is in
 * @key:  its key, or NULL
 */
void json_null(struct json *json, const char *key)
{
	begin_member(json, key);
	fputs("null", json->out);
}

/* A number as JSON has them: no other digit follows a zero at its beginning. */
static bool is_number(const char *value)
{
	const char *c = value;

	c += *c == '-';
	if (!isdigit((unsigned char)*c) || (c[0] == '0' && isdigit((unsigned char)c[1])))
		return false;
	while (isdigit((unsigned char)*c))
		c++;
	if (*c == '.') {
		if (!isdigit((unsigned char)*++c))
			return false;
		while (isdigit((unsigned char)*c))
			c++;
	}
	return !*c;
}

/**
 * json_value() - a member of the type that its text has
 * @json:  what it is in
 * @key:   its key, or NULL
 * @value: a decimal number, "yes", "no", or else a string
 */
void json_value(struct json *json, const char *key, const char *value)
{
	if (!strcmp(value, "yes") || !strcmp(value, "no")) {
		json_bool(json, key, *value == 'y');
	} else if (is_number(value)) {
		begin_member(json, key);
		fputs(value, json->out);
	} else {
		json_string(json, key, value);
	}
}
