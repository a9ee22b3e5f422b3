/* SPDX-License-Identifier: MIT */
/*
 * A circular doubly linked list whose nodes live inside their owners. An empty
 * list head and a node that is on no list both point at themselves.
 */
#pragma once

#include "lib/compiler.h"

struct list {
	struct list *next, *previous;
};

#define LIST_INIT(name_)           \
	{                          \
		&(name_), &(name_) \
	}

static inline void list_init(struct list *node)
{
	node->next = node->previous = node;
}

static inline bool list_is_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_insert_between(struct list *node, struct list *before, struct list *after)
{
	node->previous = before;
	node->next = after;
	before->next = node;
	after->previous = node;
}

static inline void list_add_first(struct list *head, struct list *node)
{
	list_insert_between(node, head, head->next);
}

static inline void list_add_last(struct list *head, struct list *node)
{
	list_insert_between(node, head->previous, head);
}

/* Unlink a node, which then is on no list. Harmless when it was on none. */
static inline void list_remove(struct list *node)
{
	node->next->previous = node->previous;
	node->previous->next = node->next;
	list_init(node);
}

#define list_entry(node_, type_, member_) container_of(node_, type_, member_)
#define list_first(head_, type_, member_) list_entry((head_)->next, type_, member_)
#define list_last(head_, type_, member_)  list_entry((head_)->previous, type_, member_)

#define list_for_each(item_, head_, member_)                                 \
	for (item_ = list_entry((head_)->next, __typeof__(*item_), member_); \
	     &item_->member_ != (head_);                                     \
	     item_ = list_entry(item_->member_.next, __typeof__(*item_), member_))

/* As list_for_each, but the body may remove item_. */
#define list_for_each_safe(item_, next_, head_, member_)                          \
	for (item_ = list_entry((head_)->next, __typeof__(*item_), member_),      \
	    next_ = list_entry(item_->member_.next, __typeof__(*item_), member_); \
	     &item_->member_ != (head_);                                          \
	     item_ = next_, next_ = list_entry(item_->member_.next, __typeof__(*item_), member_))
