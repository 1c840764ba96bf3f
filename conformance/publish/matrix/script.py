"""The scripts: filters of the table of rules, with their state in the address; and of all pages, what can be
scrolled by keys. Pages are whole without them.
"""

from __future__ import annotations

from typing import Final

SCRIPT: Final = """\
'use strict';
(function () {
  var form = document.getElementById('filter'), table = document.getElementById('rules');
  var said = document.getElementById('said'), rows = table.tBodies[0].rows;
  var cols = table.getElementsByTagName('col'), each = Array.prototype.forEach, map = Array.prototype.map;
  var targets = form.target_.options.length - 1, names = {}, facts = null;
  each.call(form.elements, function (one) { if (one.dataset.key) names[one.dataset.key] = one; });
  var quiet = /^(ok|un|ns|no)$/;

  function collect() {
    facts = map.call(rows, function (row) {
      var classes = map.call(row.cells, function (cell) { return cell.className; }).slice(1, 1 + targets);
      var text = row.cells[0].textContent + ' ' + row.cells[1 + targets].textContent;
      return {
        row: row, text: text.toLowerCase(),
        area: ' ' + row.dataset.a + ' ', level: row.dataset.l, classes: classes,
        differs: classes.some(function (name) { return !quiet.test(name); })
      };
    });
  }

  function state() {
    var found = {};
    Object.keys(names).forEach(function (key) {
      var one = names[key], value = one.type === 'checkbox' ? (one.checked ? '1' : '') : one.value.trim();
      if (value) found[key] = value;
    });
    return found;
  }

  function show(strange) {
    if (!facts) collect();
    var now = state(), words = (now.q || '').toLowerCase().split(/\\s+/).filter(Boolean), shown = 0;
    var place = names.target.selectedIndex - 1;
    facts.forEach(function (fact) {
      var here = place < 0 ? fact.classes : [fact.classes[place]];
      var fits = words.every(function (word) { return fact.text.indexOf(word) >= 0; }) &&
        (!now.area || fact.area.indexOf(' ' + now.area + ' ') >= 0) &&
        (!now.level || fact.level === now.level) &&
        (!now.verdict || here.indexOf(names.verdict.selectedOptions[0].dataset.c) >= 0) &&
        (!now.differs || (place < 0 ? fact.differs : !quiet.test(here[0])));
      fact.row.className = fits ? '' : 'off';
      shown += fits;
    });
    var heads = table.tHead.rows[0].cells;
    each.call(cols, function (col, index) {
      var on = place >= 0 && index === 1 + place;
      col.className = on ? 'on' : '';
      heads[index].classList.toggle('on', on);
    });
    var total = facts.length.toLocaleString('en');
    var none = shown ? '' : ' No rule fits all of the filters.';
    said.value = (strange || '') + (shown === facts.length ? 'All ' + total + ' rules.' :
      shown.toLocaleString('en') + ' of ' + total + ' rules.' + none);
  }

  function write() {
    var now = state();
    var parts = Object.keys(now).map(function (key) { return key + '=' + encodeURIComponent(now[key]); });
    var hash = parts.join('&');
    try { history.replaceState(null, '', hash ? '#' + hash : location.pathname + location.search); }
    catch (refused) { location.replace('#' + hash); }
  }

  function read() {
    var given = {}, strange = '', hash = location.hash.slice(1);
    if (hash && hash.indexOf('=') < 0) {  // a place on the page, such as the skip link's, and no filters
      if (!facts) show();
      return;
    }
    hash.split('&').forEach(function (part) {
      var at = part.indexOf('=');
      if (at < 1) return;
      try { given[part.slice(0, at)] = decodeURIComponent(part.slice(at + 1)); } catch (bad) { return; }
    });
    Object.keys(names).forEach(function (key) {
      var one = names[key], value = given[key] || '';
      if (one.type === 'checkbox') one.checked = value === '1';
      else one.value = value;
      if (one.tagName === 'SELECT' && one.selectedIndex < 0) {
        one.selectedIndex = 0;
        var kind = one.parentNode.firstChild.data.toLowerCase();
        strange += 'There is no ' + kind + ' \u201c' + value + '\u201d. ';
      }
    });
    show(strange);
    if (strange) write();
  }

  form.addEventListener('input', function () { show(); write(); });
  form.addEventListener('submit', function (event) { event.preventDefault(); });
  form.addEventListener('reset', function () { setTimeout(function () { show(); write(); }); });
  window.addEventListener('hashchange', read);
  form.hidden = false;
  read();
})();
"""

BOXES: Final = """\
'use strict';
(function () {
  function look() {  // what does not scroll is no stop for the tabulator key
    document.querySelectorAll('.box,pre').forEach(function (one) {
      one.tabIndex = one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight ? 0 : -1;
      if (one.tabIndex < 0) one.removeAttribute('tabindex');
    });
  }
  window.addEventListener('resize', look);
  document.addEventListener('toggle', look, true);
  look();
})();
"""
