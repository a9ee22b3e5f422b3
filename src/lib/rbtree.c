/* SPDX-License-Identifier: MIT */
/*
 * Invariants: the root is black; a red node has no red child; every path from a node down
 * to a missing child passes the same number of black nodes.
 */
#include "lib/rbtree.h"

static bool is_red(const struct rb_node *node)
{
	return node && node->is_red;
}

static void replace_child(struct rb_tree *tree, struct rb_node *parent, struct rb_node *old,
			  struct rb_node *new)
{
	if (!parent)
		tree->root = new;
	else if (parent->left == old)
		parent->left = new;
	else
		parent->right = new;
}

static void rotate_left(struct rb_tree *tree, struct rb_node *node)
{
	struct rb_node *right = node->right;
	node->right = right->left;
	if (right->left)
		right->left->parent = node;
	right->parent = node->parent;
	replace_child(tree, node->parent, node, right);
	right->left = node;
	node->parent = right;
}

static void rotate_right(struct rb_tree *tree, struct rb_node *node)
{
	struct rb_node *left = node->left;
	node->left = left->right;
	if (left->right)
		left->right->parent = node;
	left->parent = node->parent;
	replace_child(tree, node->parent, node, left);
	left->right = node;
	node->parent = left;
}

void rb_insert(struct rb_tree *tree, struct rb_node *node, struct rb_node *parent,
	       struct rb_node **link)
{
	*node = (struct rb_node){ .parent = parent, .is_red = true };
	*link = node;

	while (is_red(node->parent)) {
		parent = node->parent;
		struct rb_node *grandparent = parent->parent;
		bool is_left = parent == grandparent->left;
		struct rb_node *uncle = is_left ? grandparent->right : grandparent->left;
		if (is_red(uncle)) {
			parent->is_red = uncle->is_red = false;
			grandparent->is_red = true;
			node = grandparent;
			continue;
		}
		if (is_left && node == parent->right) {
			rotate_left(tree, parent);
			parent = node;
		} else if (!is_left && node == parent->left) {
			rotate_right(tree, parent);
			parent = node;
		}
		parent->is_red = false;
		grandparent->is_red = true;
		if (is_left)
			rotate_right(tree, grandparent);
		else
			rotate_left(tree, grandparent);
		break;
	}
	tree->root->is_red = false;
}

/* node (may be NULL) lacks one black above it, below parent. */
static void repair_removal(struct rb_tree *tree, struct rb_node *node, struct rb_node *parent)
{
	while (node != tree->root && !is_red(node)) {
		bool is_left = node == parent->left;
		struct rb_node *sibling = is_left ? parent->right : parent->left;
		if (is_red(sibling)) {
			sibling->is_red = false;
			parent->is_red = true;
			if (is_left)
				rotate_left(tree, parent);
			else
				rotate_right(tree, parent);
			sibling = is_left ? parent->right : parent->left;
		}
		struct rb_node *near = is_left ? sibling->left : sibling->right;
		struct rb_node *far = is_left ? sibling->right : sibling->left;
		if (!is_red(near) && !is_red(far)) {
			sibling->is_red = true;
			node = parent;
			parent = node->parent;
			continue;
		}
		if (!is_red(far)) {
			near->is_red = false;
			sibling->is_red = true;
			if (is_left)
				rotate_right(tree, sibling);
			else
				rotate_left(tree, sibling);
			far = sibling;
			sibling = near;
		}
		sibling->is_red = parent->is_red;
		parent->is_red = false;
		far->is_red = false;
		if (is_left)
			rotate_left(tree, parent);
		else
			rotate_right(tree, parent);
		node = tree->root;
		break;
	}
	if (node)
		node->is_red = false;
}

void rb_remove(struct rb_tree *tree, struct rb_node *node)
{
	struct rb_node *child, *parent;
	bool removed_red;

	if (node->left && node->right) {
		struct rb_node *next = node->right;
		while (next->left)
			next = next->left;
		child = next->right;
		removed_red = next->is_red;
		parent = next->parent == node ? next : next->parent;
		replace_child(tree, next->parent, next, child);
		if (child)
			child->parent = next->parent;
		next->parent = node->parent;
		next->left = node->left;
		next->right = node->right;
		next->is_red = node->is_red;
		replace_child(tree, node->parent, node, next);
		next->left->parent = next;
		if (next->right)
			next->right->parent = next;
	} else {
		child = node->left ? node->left : node->right;
		parent = node->parent;
		removed_red = node->is_red;
		replace_child(tree, parent, node, child);
		if (child)
			child->parent = parent;
	}
	if (!removed_red && tree->root)
		repair_removal(tree, child, parent);
}

struct rb_node *rb_first(const struct rb_tree *tree)
{
	struct rb_node *node = tree->root;
	while (node && node->left)
		node = node->left;
	return node;
}

struct rb_node *rb_last(const struct rb_tree *tree)
{
	struct rb_node *node = tree->root;
	while (node && node->right)
		node = node->right;
	return node;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	if (node->right) {
		node = node->right;
		while (node->left)
			node = node->left;
		return (struct rb_node *)(uintptr_t)node;
	}
	while (node->parent && node == node->parent->right)
		node = node->parent;
	return node->parent;
}

struct rb_node *rb_previous(const struct rb_node *node)
{
	if (node->left) {
		node = node->left;
		while (node->right)
			node = node->right;
		return (struct rb_node *)(uintptr_t)node;
	}
	while (node->parent && node == node->parent->left)
		node = node->parent;
	return node->parent;
}
