#include "stacks.h"

/* Common, so that the linker puts it behind all other variables: between them it would spread these over more page
 * tables, which every fork copies. */
__attribute__((common)) struct stack stacks[STACKS];
struct self first_self;

_Static_assert(sizeof(struct stack) == STACK_SIZE, "a stack is a multiple of its alignment");
_Static_assert(sizeof stacks < 2u << 20, "all stacks together are smaller than a huge page");

char *stack_prepare(unsigned slot, unsigned process)
{
    struct stack *stack = &stacks[slot - 2];
    stack->self = (struct self){.slot = (uint8_t)slot, .process = (uint8_t)process};
    return (char *)stack;
}
