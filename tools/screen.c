// SPDX-License-Identifier: GPL-2.0-only
/*
 * A terminal that is redrawn, and given back as it was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "screen.h"

#define ENTER		"\033[?1049h\033[?25l"
#define LEAVE		"\033[?25h\033[?1049l"
#define HOME		"\033[H"
#define CLEAR_LINE	"\033[K"
#define CLEAR_REST	"\033[J"

static struct termios before;
static bool keys;	/* somebody can press some */
static bool inside;

static void size_of_terminal(unsigned int *rows, unsigned int *columns)
{
	struct winsize size;
	bool known = !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);

	*rows = known && size.ws_row ? size.ws_row : 24;
	*columns = known && size.ws_col ? size.ws_col : 80;
}

/**
 * screen_columns() - how wide the terminal is
 *
 * Return: characters in a line.
 */
unsigned int screen_columns(void)
{
	unsigned int rows, columns;

	size_of_terminal(&rows, &columns);
	return columns;
}

/**
 * screen_enter() - take the terminal
 *
 * It is given back when the program ends by itself, too. Signals are the caller's.
 */
void screen_enter(void)
{
	static bool registered;
	struct termios raw;

	keys = !tcgetattr(STDIN_FILENO, &before);
	if (keys) {
		raw = before;
		raw.c_lflag &= ~(ICANON | ECHO);
		raw.c_cc[VMIN] = 0;
		raw.c_cc[VTIME] = 0;
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	fputs(ENTER, stdout);
	fflush(stdout);
	inside = true;
	if (!registered)
		atexit(screen_leave);
	registered = true;
}

/**
 * screen_leave() - give it back, if it was taken
 */
void screen_leave(void)
{
	if (!inside)
		return;
	inside = false;
	fputs(LEAVE, stdout);
	fflush(stdout);
	if (keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

/* Of a line: what fits, and all of its colours. */
static void draw_line(const char *line, size_t length, unsigned int columns)
{
	const char *end = line + length;
	unsigned int column = 0;
	bool colour = false;

	for (; line < end; line++) {
		if (*line == '\033')
			colour = true;
		if (colour || column < columns)
			putchar(*line);
		if (colour)
			colour = *line != 'm';
		else
			column++;
	}
}

/**
 * screen_draw() - show what fits of a text
 * @frame: the text, of lines
 */
void screen_draw(const char *frame)
{
	unsigned int rows, columns, row;
	const char *line = frame;
	size_t length;

	size_of_terminal(&rows, &columns);
	fputs(HOME, stdout);
	for (row = 0; *line && row < rows; row++) {
		length = strcspn(line, "\n");
		if (row)
			fputs("\r\n", stdout);
		/* Not behind it: in a full line that is its last letter. */
		fputs(CLEAR_LINE, stdout);
		draw_line(line, length, columns);
		line += length;
		line += *line == '\n';
	}
	if (row < rows)
		fputs("\r\n" CLEAR_REST, stdout);
	fflush(stdout);
}

/**
 * screen_keys() - where keys come from
 *
 * Return: a file descriptor; -1 if nobody can press any.
 */
int screen_keys(void)
{
	return keys ? STDIN_FILENO : -1;
}

/**
 * screen_quit() - read what was typed
 *
 * Return: whether a q is among it, or nobody will ever type again.
 */
bool screen_quit(void)
{
	char typed[64];
	ssize_t nr = read(STDIN_FILENO, typed, sizeof(typed));

	return nr <= 0 || memchr(typed, 'q', nr);
}
