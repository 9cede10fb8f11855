/* Text that grows. Running out of memory is noted, not fatal: whoever reads the text asks at its end. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

bool text_grow(Text *text, size_t more)
{
    if (text->failed)
        return false;
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
