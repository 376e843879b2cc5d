/**
 * What is done inside a page. These functions are sent there as texts: each must do without anything outside of itself. Of the DOM only
 * the parts are declared that they use.
 */

interface Node {
  readonly nodeType: number;
  readonly childNodes: Iterable<Node>;
  data: string;
}

interface Attribute {
  readonly name: string;
  readonly value: string;
}

export interface Element extends Node {
  readonly localName: string;
  readonly outerHTML: string;
  readonly innerHTML: string;
  readonly attributes: Iterable<Attribute>;
  readonly shadowRoot: ShadowRoot | null;
  value?: unknown;
  cloneNode(deep: boolean): Element;
  getHTML(options: { readonly shadowRoots: readonly ShadowRoot[] }): string;
  querySelectorAll(selector: string): Iterable<Element>;
  removeAttribute(name: string): void;
  append(node: Node): void;
}

interface ShadowRoot extends Node {
  querySelectorAll(selector: string): Iterable<Element>;
  append(node: Node): void;
}

interface Document {
  readonly documentElement: Element;
  createElement(name: string): Element & { textContent: string };
}

declare const document: Document;

/** The element as HTML, with what its open shadow roots hold, as `<template shadowrootmode>`. */
export function htmlOf(element: Element): string {
  const roots: ShadowRoot[] = [];
  const collect = (inside: { querySelectorAll(selector: string): Iterable<Element> }): void => {
    for (const one of inside.querySelectorAll('*')) {
      if (one.shadowRoot === null) continue;
      roots.push(one.shadowRoot);
      collect(one.shadowRoot);
    }
  };
  if (element.shadowRoot !== null) {
    roots.push(element.shadowRoot);
    collect(element.shadowRoot);
  }
  collect(element);
  if (roots.length === 0) return element.outerHTML;
  const shell = element.cloneNode(false).outerHTML;
  const end = shell.lastIndexOf('</');
  return `${shell.slice(0, end)}${element.getHTML({ shadowRoots: roots })}${shell.slice(end)}`;
}

/** The page as HTML without a value in it: tags, classes, roles and states stay; of an address the host and the path. */
export function skeletonOf(most: number): string {
  const NAMES =
    /^(class|id|for|name|type|role|rel|method|colspan|rowspan|lang|dir|disabled|hidden|open|aria-(busy|controls|current|disabled|expanded|hidden|invalid|live|selected|labelledby))$/;
  const ADDRESSES = /^(href|src|action|formaction)$/;
  const VOID = /^(area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/;
  // Numbers and long words name records and people.
  const name = (text: string): string =>
    text
      .replace(/\d+/g, '0')
      .replace(/[^\s/]*@[^\s/]*/g, 'x')
      .replace(/[^\s/.:_-]{33,}/g, 'x');
  const address = (text: string): string =>
    /^(data|blob|javascript|mailto|tel):/i.test(text) ? 'x' : name(text.replace(/[?#].*$/s, ''));
  const attribute = ({ name: of, value }: Attribute): string => {
    const shown = NAMES.test(of) ? name(value) : ADDRESSES.test(of) ? address(value) : '';
    const escaped = shown.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
    // A name may be made of a value as well.
    return /^[a-z][a-z-]*$/.test(of) ? ` ${of}${escaped === '' ? '' : `="${escaped}"`}` : '';
  };
  let html = '<!doctype html>';
  const write = (node: Node): void => {
    if (html.length > most) return;
    if (node.nodeType === 3) html += node.data.trim() === '' ? '' : 'x';
    if (node.nodeType !== 1) return;
    const { localName, attributes, shadowRoot, childNodes } = node as Element;
    html += `<${localName}${[...attributes].map(attribute).join('')}>`;
    if (VOID.test(localName)) return;
    if (shadowRoot !== null) {
      html += '<template shadowrootmode="open">';
      for (const child of shadowRoot.childNodes) write(child);
      html += '</template>';
    }
    if (!/^(script|style|noscript)$/.test(localName)) for (const child of childNodes) write(child);
    html += `</${localName}>`;
  };
  write(document.documentElement);
  return html.length > most ? `${html.slice(0, most)}\n<!-- cut -->` : html;
}

/** Takes all values off the page itself, for good: letters become `x`, and pictures and fields are not shown. */
export function blankPage(): void {
  const CSS =
    'img,picture,video,audio,canvas,svg,object,embed,input,textarea,select,progress,meter,iframe{visibility:hidden!important}' +
    '*,*::before,*::after{background-image:none!important;border-image:none!important;list-style-image:none!important;mask-image:none!important}' +
    '*::before,*::after,*::marker,*::placeholder{color:transparent!important;content:none!important}';
  const blank = (node: Node): void => {
    if (node.nodeType === 3) {
      node.data = node.data.replace(/\S/g, 'x');
      return;
    }
    if (node.nodeType === 1) {
      const element = node as Element;
      if (/^(script|style)$/.test(element.localName)) return;
      for (const attribute of [...element.attributes]) {
        if (/^(style|title|alt|placeholder|value|label|poster|srcset)$/.test(attribute.name))
          element.removeAttribute(attribute.name);
      }
      if (/^(input|textarea)$/.test(element.localName)) element.value = '';
      if (element.shadowRoot !== null) blankRoot(element.shadowRoot);
    }
    for (const child of [...node.childNodes]) blank(child);
  };
  const blankRoot = (root: ShadowRoot | Element): void => {
    for (const child of [...root.childNodes]) blank(child);
    const style = document.createElement('style');
    style.textContent = CSS;
    root.append(style);
  };
  blankRoot(document.documentElement);
}
