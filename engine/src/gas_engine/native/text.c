/* Text that grows. Running out of memory is noted, not fatal: whoever reads the text asks at its end. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

bool text_reserve(Text *text, size_t more)
{
    if (text->failed)
        return false;
    if (text->capacity - text->length >= more)
        return true;
    size_t wanted = text->capacity < 1024 ? 1024 : text->capacity;
    while (wanted - text->length < more)
        wanted *= 2;
    char *grown = realloc(text->data, wanted);
    if (grown == NULL) {
        text->failed = true;
        return false;
    }
    text->data = grown;
    text->capacity = wanted;
    return true;
}

void text_add(Text *text, const char *bytes, size_t length)
{
    if (length == 0 || !text_reserve(text, length))
        return;
    memcpy(text->data + text->length, bytes, length);
    text->length += length;
}

void text_string(Text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_char(Text *text, char sign)
{
    if (text_reserve(text, 1))
        text->data[text->length++] = sign;
}

void text_number(Text *text, int64_t number)
{
    char digits[24];
    int at = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0)
        digits[--at] = '-';
    text_add(text, digits + at, sizeof digits - (size_t)at);
}

void text_free(Text *text)
{
    free(text->data);
    *text = (Text){0};
}
