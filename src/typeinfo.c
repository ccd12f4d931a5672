// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads type information (BTF) as data, and spells types as C does.
 *
 * Used at module load only, by one thread.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "compat/btf.h"
#include "typeinfo.h"

static struct {
	const struct btf_type **types;	/* by type id; id 0 is void */
	u32 nr_types;
	const char *strings;
	u32 strings_size;
} btf;

static const struct btf_type *type_by_id(u32 id)
{
	return id < btf.nr_types ? btf.types[id] : NULL;
}

/* The section ends with a NUL (checked in typeinfo_open()). */
static const char *string_at(u32 offset)
{
	return offset < btf.strings_size ? btf.strings + offset : "";
}

static u32 type_kind(const struct btf_type *type)
{
	return BTF_INFO_KIND(type->info);
}

static const char *type_name(const struct btf_type *type)
{
	return string_at(type->name_off);
}

/* Bytes that follow struct btf_type, or -EINVAL for a kind not known here. */
static int type_extra_size(const struct btf_type *type)
{
	u32 vlen = BTF_INFO_VLEN(type->info);

	switch (type_kind(type)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return 0;
	case BTF_KIND_INT:
		return sizeof(u32);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return vlen * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return vlen * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return vlen * sizeof(struct btf_enum64);
	case BTF_KIND_FUNC_PROTO:
		return vlen * sizeof(struct btf_param);
	case BTF_KIND_VAR:
		return sizeof(struct btf_var);
	case BTF_KIND_DATASEC:
		return vlen * sizeof(struct btf_var_secinfo);
	case BTF_KIND_DECL_TAG:
		return sizeof(struct btf_decl_tag);
	default:
		return -EINVAL;
	}
}

/* Counts the types; stores where each begins if there is an array for it. */
static int index_types(const void *pos, const void *end)
{
	u32 id = 1;

	while (pos < end) {
		const struct btf_type *type = pos;
		int extra;

		if (end - pos < sizeof(*type))
			return -EINVAL;
		extra = type_extra_size(type);
		if (extra < 0 || end - pos < sizeof(*type) + extra)
			return -EINVAL;
		if (btf.types)
			btf.types[id] = type;
		pos += sizeof(*type) + extra;
		id++;
	}
	btf.nr_types = id;
	return 0;
}

/**
 * typeinfo_open() - index the kernel's type information
 * @start: first byte of the .BTF section (__start_BTF)
 * @end:   the byte after it (__stop_BTF)
 *
 * Context: may sleep.
 * Return: 0; -EINVAL with a line in the log if the section is not understood;
 *         -ENOMEM.
 */
int typeinfo_open(const void *start, const void *end)
{
	const struct btf_header *header = start;
	u64 size = end - start;
	const void *types;

	if (size < sizeof(*header) || header->magic != BTF_MAGIC ||
	    header->version != BTF_VERSION ||
	    (u64)header->hdr_len + header->type_off + header->type_len > size ||
	    (u64)header->hdr_len + header->str_off + header->str_len > size ||
	    !header->str_len)
		goto unknown;

	types = start + header->hdr_len + header->type_off;
	btf.strings = start + header->hdr_len + header->str_off;
	btf.strings_size = header->str_len;
	if (btf.strings[btf.strings_size - 1])
		goto unknown;

	if (index_types(types, types + header->type_len))
		goto unknown;
	btf.types = kvcalloc(btf.nr_types, sizeof(*btf.types), GFP_KERNEL);
	if (!btf.types)
		return -ENOMEM;
	return index_types(types, types + header->type_len);

unknown:
	pr_err("the kernel's type information (BTF) has an unknown format: this kernel is not supported\n");
	return -EINVAL;
}

/**
 * typeinfo_close() - drop what typeinfo_open() allocated
 *
 * Context: may sleep. Does nothing if nothing is open.
 */
void typeinfo_close(void)
{
	kvfree(btf.types);
	btf.types = NULL;
}

static __printf(2, 3) void spell(struct typeinfo_text *out, const char *fmt,
				 ...)
{
	va_list args;

	va_start(args, fmt);
	out->length += vscnprintf(out->text + out->length,
				  sizeof(out->text) - out->length, fmt, args);
	va_end(args);
}

/* Deep enough for a pointer to a function that takes pointers to const. */
#define SPELLING_DEPTH	8

static void spell_type(struct typeinfo_text *out, u32 id, unsigned int depth);

static void spell_parameters(struct typeinfo_text *out,
			     const struct btf_type *proto, unsigned int depth)
{
	const struct btf_param *param = (const void *)(proto + 1);
	u32 vlen = BTF_INFO_VLEN(proto->info);
	u32 i;

	spell(out, "(");
	for (i = 0; i < vlen; i++) {
		if (i)
			spell(out, ", ");
		spell_type(out, param[i].type, depth);
	}
	spell(out, vlen ? ")" : "void)");
}

static void spell_pointer(struct typeinfo_text *out,
			  const struct btf_type *pointer, unsigned int depth)
{
	const struct btf_type *target = type_by_id(pointer->type);

	if (target && type_kind(target) == BTF_KIND_FUNC_PROTO) {
		spell_type(out, target->type, depth);
		spell(out, " (*)");
		spell_parameters(out, target, depth);
		return;
	}
	spell_type(out, pointer->type, depth);
	spell(out, out->length && out->text[out->length - 1] == '*' ? "*" : " *");
}

/* As the kernel's style has it, and not as the compiler names it. */
static const char *int_name(const struct btf_type *type)
{
	const char *name = type_name(type);

	return strcmp(name, "long unsigned int") ? name : "unsigned long";
}

static void spell_type(struct typeinfo_text *out, u32 id, unsigned int depth)
{
	const struct btf_type *type = type_by_id(id);

	if (!id) {
		spell(out, "void");
		return;
	}
	if (!type || !depth) {
		spell(out, "?");
		return;
	}
	switch (type_kind(type)) {
	case BTF_KIND_INT:
		spell(out, "%s", int_name(type));
		break;
	case BTF_KIND_TYPEDEF:
		spell(out, "%s", type_name(type));
		break;
	case BTF_KIND_FWD:
	case BTF_KIND_STRUCT:
		spell(out, "struct %s", type_name(type));
		break;
	case BTF_KIND_ENUM:
		spell(out, "enum %s", type_name(type));
		break;
	case BTF_KIND_CONST:
		spell(out, "const ");
		spell_type(out, type->type, depth - 1);
		break;
	case BTF_KIND_PTR:
		spell_pointer(out, type, depth - 1);
		break;
	case BTF_KIND_ARRAY:
		spell_type(out, ((const struct btf_array *)(type + 1))->type,
			   depth - 1);
		spell(out, " []");
		break;
	default:
		spell(out, "?");
	}
}

static const struct btf_type *find_type(u32 kind, const char *name,
					unsigned int *matches)
{
	const struct btf_type *found = NULL;
	u32 id;

	*matches = 0;
	for (id = 1; id < btf.nr_types; id++) {
		const struct btf_type *type = btf.types[id];

		if (type_kind(type) != kind || strcmp(type_name(type), name))
			continue;
		found = type;
		(*matches)++;
	}
	return found;
}

/**
 * typeinfo_prototype() - spell the prototype of a function
 * @function:  its name, static ones included
 * @prototype: out: result and parameter types without names, empty if there is none:
 *             "int (struct page *, unsigned long)"
 *
 * Context: between typeinfo_open() and typeinfo_close().
 * Return: how many functions have that name.
 */
unsigned int typeinfo_prototype(const char *function,
				struct typeinfo_text *prototype)
{
	const struct btf_type *func, *proto;
	unsigned int matches;

	*prototype = (struct typeinfo_text) { .length = 0 };
	func = find_type(BTF_KIND_FUNC, function, &matches);
	proto = func ? type_by_id(func->type) : NULL;
	if (!proto || type_kind(proto) != BTF_KIND_FUNC_PROTO)
		return 0;
	spell_type(prototype, proto->type, SPELLING_DEPTH);
	spell(prototype, " ");
	spell_parameters(prototype, proto, SPELLING_DEPTH);
	return matches;
}

/**
 * typeinfo_member() - find a member of a structure
 * @structure: tag of the structure
 * @member:    its name
 * @type:      out: its type, empty if there is none, or it is a bit field
 * @offset:    out: where it is, in bytes
 *
 * Context: between typeinfo_open() and typeinfo_close().
 * Return: how many structures have that tag.
 */
unsigned int typeinfo_member(const char *structure, const char *member,
			     struct typeinfo_text *type, size_t *offset)
{
	const struct btf_type *found;
	const struct btf_member *m;
	unsigned int matches;
	u32 i, bits;

	*type = (struct typeinfo_text) { .length = 0 };
	found = find_type(BTF_KIND_STRUCT, structure, &matches);
	if (!found)
		return 0;
	m = (const void *)(found + 1);
	for (i = 0; i < BTF_INFO_VLEN(found->info); i++, m++) {
		if (strcmp(string_at(m->name_off), member))
			continue;
		bits = m->offset;
		if (BTF_INFO_KFLAG(found->info)) {
			if (BTF_MEMBER_BITFIELD_SIZE(m->offset))
				break;
			bits = BTF_MEMBER_BIT_OFFSET(m->offset);
		}
		spell_type(type, m->type, SPELLING_DEPTH);
		*offset = bits / BITS_PER_BYTE;
		break;
	}
	return matches;
}
