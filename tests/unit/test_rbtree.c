/* SPDX-License-Identifier: MIT */
#include "harness.h"
#include "lib/rbtree.h"

#include <string.h>

enum { KEYS = 512, STEPS = 20000 };

struct item {
	struct rb_node node;
	int key;
	bool is_in;
};

static struct item items[KEYS];

/* The black height below a node, or -1 when an invariant is broken. */
static int black_height(const struct rb_node *node)
{
	if (!node)
		return 1;
	if (node->is_red &&
	    ((node->left && node->left->is_red) || (node->right && node->right->is_red)))
		return -1;
	int left = black_height(node->left), right = black_height(node->right);
	if (left < 0 || left != right)
		return -1;
	return left + !node->is_red;
}

static void insert(struct rb_tree *tree, struct item *item)
{
	struct rb_node **link = &tree->root, *parent = NULL;
	while (*link) {
		parent = *link;
		link = item->key < rb_entry(parent, struct item, node)->key ? &parent->left
									    : &parent->right;
	}
	rb_insert(tree, &item->node, parent, link);
}

static void check_order(const struct rb_tree *tree)
{
	int expected = 0;
	for (struct rb_node *node = rb_first(tree); node; node = rb_next(node)) {
		while (expected < KEYS && !items[expected].is_in)
			expected++;
		CHECK(expected < KEYS && rb_entry(node, struct item, node)->key == expected);
		expected++;
	}
	while (expected < KEYS && !items[expected].is_in)
		expected++;
	CHECK(expected == KEYS);
}

TEST(test_random_changes_keep_order_and_balance)
{
	struct rb_tree tree = { NULL };
	memset(items, 0, sizeof(items));
	for (int i = 0; i < KEYS; i++)
		items[i].key = i;
	for (int step = 0; step < STEPS; step++) {
		struct item *item = &items[unit_random() % KEYS];
		if (item->is_in)
			rb_remove(&tree, &item->node);
		else
			insert(&tree, item);
		item->is_in = !item->is_in;
		CHECK(black_height(tree.root) > 0);
		if (step % 100 == 0)
			check_order(&tree);
	}
	check_order(&tree);
}

TEST(test_walking_backwards_mirrors_walking_forwards)
{
	struct rb_tree tree = { NULL };
	int count = 0;
	for (int i = 0; i < 100; i++) {
		items[i].key = i;
		insert(&tree, &items[i]);
	}
	for (struct rb_node *node = rb_last(&tree); node; node = rb_previous(node))
		CHECK(rb_entry(node, struct item, node)->key == 99 - count++);
	CHECK(count == 100);
}
