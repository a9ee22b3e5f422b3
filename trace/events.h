/* SPDX-License-Identifier: MIT */
/*
 * Every trace event, once: name, format, then fields as (type, name). The writer trace_NAME(),
 * the record's payload struct trace_NAME, the descriptor in the ELF section trace_events and
 * the text all come from these lines. Payloads hold at most TRACE_PAYLOAD_SIZE bytes.
 * No include guard: the includer defines TRACE_EVENT.
 */
TRACE_EVENT(syscall_enter, "%s(%lx, %lx, %lx, %lx, %lx, %lx)", (uint64_t, number), (uint64_t, a0),
	    (uint64_t, a1), (uint64_t, a2), (uint64_t, a3), (uint64_t, a4), (uint64_t, a5))
TRACE_EVENT(syscall_exit, "%s = %ld", (uint64_t, number), (int64_t, result))
TRACE_EVENT(sched_switch, "%d -> %d, state %u", (int32_t, previous_tid), (int32_t, next_tid),
	    (uint32_t, previous_state))
TRACE_EVENT(sched_wakeup, "tid %d on cpu %u", (int32_t, woken_tid), (uint32_t, target_cpu))
TRACE_EVENT(sched_migrate, "tid %d cpu %u -> %u", (int32_t, moved_tid), (uint32_t, from_cpu),
	    (uint32_t, to_cpu))
TRACE_EVENT(process_fork, "child %d flags %lx", (int32_t, child_tid), (uint64_t, flags))
TRACE_EVENT(process_exec, "entry %lx stack %lx", (vaddr_t, entry), (vaddr_t, stack))
TRACE_EVENT(process_exit, "status %x", (int32_t, status))
TRACE_EVENT(signal_send, "signal %d to tid %d", (int32_t, signal), (int32_t, target_tid))
TRACE_EVENT(signal_deliver, "signal %d handler %lx", (int32_t, signal), (vaddr_t, handler))
TRACE_EVENT(page_fault, "address %lx rip %lx error %lx result %d", (vaddr_t, address),
	    (vaddr_t, rip), (uint64_t, error), (int32_t, result))
TRACE_EVENT(irq_enter, "vector %u", (uint32_t, vector))
TRACE_EVENT(irq_exit, "vector %u", (uint32_t, vector))
TRACE_EVENT(frame_alloc, "pfn %lx order %u site %u", (pfn_t, frame), (uint32_t, order),
	    (uint32_t, site))
TRACE_EVENT(frame_free, "pfn %lx order %u", (pfn_t, frame), (uint32_t, order))
TRACE_EVENT(slab_alloc, "object %lx size %u site %u", (vaddr_t, object), (uint32_t, size),
	    (uint32_t, site))
TRACE_EVENT(slab_free, "object %lx size %u", (vaddr_t, object), (uint32_t, size))
TRACE_EVENT(tlb_shootdown, "start %lx pages %lu cpus %lx", (vaddr_t, start), (uint64_t, pages),
	    (uint64_t, cpu_mask))
