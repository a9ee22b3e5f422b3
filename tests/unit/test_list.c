/* SPDX-License-Identifier: MIT */
#include "harness.h"
#include "lib/list.h"

enum { ITEMS = 12, ROUNDS = 20000 };

struct item {
	int number;
	struct list link;
};

/* Forwards and backwards, the list has these numbers. */
static bool is_list_of(struct list *head, const int *numbers, int count)
{
	struct item *item;
	int i = 0;

	list_for_each (item, head, link)
		if (i >= count || item->number != numbers[i++])
			return false;
	if (i != count)
		return false;
	for (struct list *node = head->previous; node != head; node = node->previous)
		if (list_entry(node, struct item, link)->number != numbers[--i])
			return false;
	return i == 0 && list_is_empty(head) == (count == 0);
}

static void insert_number(int *numbers, int *count, int at, int number)
{
	for (int i = (*count)++; i > at; i--)
		numbers[i] = numbers[i - 1];
	numbers[at] = number;
}

static int remove_number(int *numbers, int *count, int number)
{
	int at = 0;
	while (numbers[at] != number)
		at++;
	--*count;
	for (int i = at; i < *count; i++)
		numbers[i] = numbers[i + 1];
	return at;
}

TEST(test_a_list_is_what_an_array_is)
{
	struct list head = LIST_INIT(head);
	struct item items[ITEMS];
	bool is_in[ITEMS] = { false };
	int numbers[ITEMS], count = 0;

	for (int i = 0; i < ITEMS; i++) {
		items[i].number = i;
		list_init(&items[i].link);
	}
	for (int round = 0; round < ROUNDS; round++) {
		int i = (int)(unit_random() % ITEMS);
		if (is_in[i]) {
			remove_number(numbers, &count, i);
			list_remove(&items[i].link);
			CHECK(list_is_empty(&items[i].link));
		} else if (unit_random() % 2) {
			insert_number(numbers, &count, 0, i);
			list_add_first(&head, &items[i].link);
		} else {
			insert_number(numbers, &count, count, i);
			list_add_last(&head, &items[i].link);
		}
		is_in[i] = !is_in[i];
		CHECK(is_list_of(&head, numbers, count));
		if (count) {
			CHECK(list_first(&head, struct item, link)->number == numbers[0]);
			CHECK(list_last(&head, struct item, link)->number == numbers[count - 1]);
		}
	}
}

TEST(test_a_node_on_no_list_may_be_removed)
{
	struct list node;
	list_init(&node);
	list_remove(&node);
	list_remove(&node);
	CHECK(list_is_empty(&node));
}

TEST(test_a_safe_walk_survives_the_removal_of_its_item)
{
	struct list head = LIST_INIT(head);
	struct item items[4], *item, *next;
	int visited = 0;

	for (int i = 0; i < 4; i++) {
		items[i].number = i;
		list_add_last(&head, &items[i].link);
	}
	list_for_each_safe (item, next, &head, link) {
		CHECK(item->number == visited++);
		if (item->number % 2 == 0)
			list_remove(&item->link);
	}
	CHECK(visited == 4);
	CHECK(is_list_of(&head, (const int[]){ 1, 3 }, 2));
}
