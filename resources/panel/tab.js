// The Bitlane sidebar: asks the server while somebody looks, and draws anew what has changed.
(function () {
  'use strict';
  var panel = (window.bitlanePanel = window.bitlanePanel || {});
  var EVERY_MS = 3000;
  var LIMIT_MS = 10000;

  function addTab(t) {
    var content = panel.drawing.make('div', 'bitlane-panel');
    // Where the keyboard goes when the button that it was on has done its work and is gone.
    content.tabIndex = -1;
    var tab = createTab(t, content);
    RED.actions.add('bitlane:show-panel', function () {
      RED.sidebar.show('bitlane');
    });
    RED.sidebar.addTab({
      id: 'bitlane',
      label: t('panel.title'),
      name: t('panel.name'),
      content: content,
      iconClass: 'fa fa-heartbeat',
      action: 'bitlane:show-panel',
      pinned: true,
      enableOnEdit: false,
      onchange: function () {
        // The editor shows the content after it has called this.
        setTimeout(tab.reopen, 0);
      },
    });
    document.addEventListener('visibilitychange', tab.refresh);
    window.setInterval(tab.refresh, EVERY_MS);
  }

  function createTab(t, content) {
    var hosts = {};
    var latest;
    var isAsking = false;
    var isRefused = false;
    var isPressed = false;
    var tab = { refresh: refresh, redraw: redraw, complain: complain, reopen: reopen };

    [
      ...['health', 'instances', 'letters', 'uploads', 'cursors'],
      ...['portals', 'events', 'stores', 'pollers', 'errors'],
    ].forEach(function (name) {
      hosts[name] = panel.drawing.make('div');
      content.append(hosts[name]);
    });
    // Read out when it changes; the element itself must stay for that.
    hosts.health.setAttribute('role', 'status');
    hosts.health.append(panel.drawing.make('div', 'bitlane-panel-health', t('panel.loading')));
    // A button that is drawn anew between press and release would never be clicked.
    content.addEventListener('mousedown', function () {
      isPressed = true;
    });
    document.addEventListener('mouseup', function () {
      isPressed = false;
    });

    function isSeen() {
      return document.visibilityState === 'visible' && $(content).is(':visible');
    }

    function reopen() {
      isRefused = false;
      refresh();
    }

    function refresh() {
      if (isAsking || isRefused || !isSeen()) return;
      isAsking = true;
      $.ajax({ url: 'bitlane/panel', dataType: 'json', timeout: LIMIT_MS })
        .done(function (snapshot) {
          latest = snapshot;
          panel.letters.forgetOthers(snapshot);
          if (!isPressed) redraw();
        })
        .fail(function (response) {
          isRefused = response.status === 401 || response.status === 403;
          complain(response);
        })
        .always(function () {
          isAsking = false;
        });
    }

    function redraw() {
      if (!latest) return;
      var sections = panel.sections;
      replace('health', sections.health(t, latest));
      replace('instances', panel.instances.section(t, latest));
      replace('letters', panel.letters.section(t, latest, tab));
      replace('uploads', panel.held.section(t, latest, tab));
      replace('cursors', panel.cursors.section(t, latest, tab));
      ['portals', 'events', 'stores', 'pollers', 'errors'].forEach(function (name) {
        replace(name, sections[name](t, latest));
      });
    }

    function complain(response) {
      var isDenied = response.status === 401 || response.status === 403;
      var text = t(isDenied ? 'panel.denied' : 'panel.noAnswer');
      var line = panel.drawing.make('p', 'bitlane-panel-trouble', text);
      replace('health', panel.drawing.make('div', 'bitlane-panel-health', line));
    }

    /** What looks the same stays, with its listeners, the person's selection and the keyboard. */
    function replace(name, fresh) {
      var host = hosts[name];
      var old = host.firstElementChild;
      if (old && old.isEqualNode(fresh)) return;
      var focused = host.contains(document.activeElement) ? document.activeElement : undefined;
      host.replaceChildren(fresh);
      if (!focused) return;
      var key = focused.getAttribute('data-key');
      var same = Array.from(host.querySelectorAll('[data-key]')).find(function (element) {
        return element.getAttribute('data-key') === key;
      });
      (same || content).focus();
    }

    return tab;
  }

  panel.addTab = addTab;
})();
