/* SPDX-License-Identifier: MIT */
/*
 * A red-black tree whose nodes live inside their owners. The caller walks to the
 * place of a new node itself (no comparison callback), then links and rebalances.
 */
#pragma once

#include "lib/compiler.h"

struct rb_node {
	struct rb_node *parent, *left, *right;
	bool is_red;
};

struct rb_tree {
	struct rb_node *root;
};

/* Link node at *link below parent (NULL for the root) and rebalance. */
void rb_insert(struct rb_tree *tree, struct rb_node *node, struct rb_node *parent,
	       struct rb_node **link);
void rb_remove(struct rb_tree *tree, struct rb_node *node);
struct rb_node *rb_first(const struct rb_tree *tree);
struct rb_node *rb_last(const struct rb_tree *tree);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_previous(const struct rb_node *node);

#define rb_entry(node_, type_, member_) container_of(node_, type_, member_)
