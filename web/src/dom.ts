// SPDX-License-Identifier: MIT
// Brings a part of the document in line with what should stand in it. Everything is made with createElement, and every text is a text node:
// names of processes, cgroups and hosts are outside bytes, and nothing here can turn them into markup. What is there already is kept, so that
// focus, scroll positions and selected text survive a tick.

export type Child = VNode | string | null | false | undefined;

export interface Props {
    readonly key?: string;
    /** Attributes; null and false take one away, true sets an empty one. */
    readonly [attribute: string]: string | number | boolean | null | undefined | Record<string, string> | Handlers | Ref;
}
export type Handlers = { [type: string]: (event: Event) => void };
export type Ref = (element: HTMLElement) => void;

export interface VNode {
    tag: string;
    props: Props;
    children: readonly Child[];
}

/** A node. Of its props `on` holds handlers, `css` custom properties and styles, `ref` is called once it stands; with `opaque` its children are its own matter. */
export function h(tag: string, props: Props = {}, ...children: (Child | readonly Child[])[]): VNode {
    return { tag, props, children: children.flat() };
}

interface Memory {
    key: string | undefined;
    attributes: Map<string, string>;
    css: Map<string, string>;
    handlers: Handlers;
    listening: Set<string>;
}
const memories = new WeakMap<Element, Memory>();

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "path", "circle", "rect", "line", "polyline"]);
const SPECIAL = new Set(["key", "on", "css", "ref", "opaque"]);

function make(node: VNode): Element {
    const element = SVG_TAGS.has(node.tag) ? document.createElementNS(SVG, node.tag) : document.createElement(node.tag);
    memories.set(element, { key: node.props.key, attributes: new Map(), css: new Map(), handlers: {}, listening: new Set() });
    return element;
}

function setAttributes(element: Element, memory: Memory, props: Props): void {
    for (const [name, value] of Object.entries(props)) {
        if (SPECIAL.has(name)) continue;
        if (value === null || value === undefined || value === false) {
            if (memory.attributes.delete(name)) element.removeAttribute(name);
            continue;
        }
        const text = value === true ? "" : String(value);
        if (memory.attributes.get(name) !== text) {
            memory.attributes.set(name, text);
            element.setAttribute(name, text);
        }
    }
    for (const name of memory.attributes.keys())
        if (!(name in props)) {
            memory.attributes.delete(name);
            element.removeAttribute(name);
        }
}

function setStyles(element: HTMLElement, memory: Memory, css: Record<string, string>): void {
    for (const [name, value] of Object.entries(css))
        if (memory.css.get(name) !== value) {
            memory.css.set(name, value);
            element.style.setProperty(name, value);
        }
    for (const name of memory.css.keys())
        if (!(name in css)) {
            memory.css.delete(name);
            element.style.removeProperty(name);
        }
}

function listen(element: Element, memory: Memory, handlers: Handlers): void {
    memory.handlers = handlers;
    for (const type of Object.keys(handlers))
        if (!memory.listening.has(type)) {
            memory.listening.add(type);
            element.addEventListener(type, (event) => memory.handlers[type]?.(event));
        }
}

function bring(element: Element, node: VNode): void {
    const memory = memories.get(element)!;
    setAttributes(element, memory, node.props);
    if (element instanceof HTMLElement) setStyles(element, memory, (node.props["css"] ?? {}) as Record<string, string>);
    listen(element, memory, (node.props["on"] ?? {}) as Handlers);
    if (!node.props["opaque"]) patch(element, node.children);
    (node.props["ref"] as Ref | undefined)?.(element as HTMLElement);
}

function fits(there: ChildNode | null | undefined, node: VNode): there is Element {
    if (!(there instanceof Element)) return false;
    const memory = memories.get(there);
    return memory !== undefined && memory.key === node.props.key && there.localName === node.tag.toLowerCase();
}

/** What already stands for the node, from `at` on. */
function find(at: ChildNode | null, node: VNode, keyed: ReadonlyMap<string, Element>): Element | null {
    if (node.props.key !== undefined) {
        const there = keyed.get(node.props.key);
        return fits(there, node) ? there : null;
    }
    for (let there = at; there; there = there.nextSibling) if (fits(there, node)) return there;
    return null;
}

/** Makes the children of parent these. What stays is not moved where that can be avoided: an element that moves loses focus and scroll position. */
export function patch(parent: Element, children: readonly Child[]): void {
    const wanted = new Set<string>();
    for (const child of children) if (child && typeof child !== "string" && child.props.key !== undefined) wanted.add(child.props.key);
    const keyed = new Map<string, Element>();
    for (const there of [...parent.children]) {
        const key = memories.get(there)?.key;
        if (key === undefined) continue;
        if (wanted.has(key)) keyed.set(key, there);
        else there.remove();
    }
    let at: ChildNode | null = parent.firstChild;
    for (const child of children) {
        if (child === null || child === false || child === undefined) continue;
        if (typeof child === "string") {
            if (at instanceof Text) {
                if (at.data !== child) at.data = child;
                at = at.nextSibling;
            } else parent.insertBefore(document.createTextNode(child), at);
            continue;
        }
        const found = find(at, child, keyed);
        if (found && child.props.key === undefined) // what stands before it stands for nothing any more
            while (at !== found && at && !(at instanceof Element && memories.get(at)?.key !== undefined)) {
                const next: ChildNode | null = at.nextSibling;
                at.remove();
                at = next;
            }
        const element = found ?? make(child);
        if (element === at) at = at.nextSibling;
        else parent.insertBefore(element, at);
        bring(element, child);
    }
    while (at) {
        const next: ChildNode | null = at.nextSibling;
        at.remove();
        at = next;
    }
}
