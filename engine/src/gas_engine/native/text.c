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
    static const char PAIRS[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748"
                                "4950515253545556575859606162636465666768697071727374757677787980818283848586878889909192939495969798"
                                "99";
    char digits[24];
    int at = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    for (; rest >= 100; rest /= 100) {
        at -= 2;
        memcpy(digits + at, PAIRS + 2 * (rest % 100), 2);
    }
    if (rest >= 10) {
        at -= 2;
        memcpy(digits + at, PAIRS + 2 * rest, 2);
    } else
        digits[--at] = (char)('0' + rest);
    if (number < 0)
        digits[--at] = '-';
    text_add(text, digits + at, sizeof digits - (size_t)at);
}

void text_free(Text *text)
{
    free(text->data);
    *text = (Text){0};
}

bool text_upper(Text *text, const char *letters, size_t length)
{
    text->length = 0;
    if (!text_reserve(text, length))
        return false;
    for (size_t i = 0; i < length; i++)
        text->data[i] = (char)(letters[i] & ~32);
    text->length = length;
    return true;
}
