"""The base class of the main screen, which creates its parts and connects them."""

from time import monotonic

from kling_tui.formatting.names import JobNames
from kling_tui.jobs import Job
from kling_tui.polling.poller import PollResult
from kling_tui.polling.session import Session
from kling_tui.tui.budget_watch import BudgetWatch
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.desktop import Desktop
from kling_tui.tui.download_controller import DownloadController
from kling_tui.tui.job_filter import JobFilter
from kling_tui.tui.job_list import JobList
from kling_tui.tui.marks import Marks
from kling_tui.tui.messages import JobUpdated
from kling_tui.tui.named_views import NamedViews
from kling_tui.tui.notifier import Notifier
from kling_tui.tui.preferences import Preferences, SavedViews
from kling_tui.tui.screens.bindings import displayed_key
from kling_tui.tui.screens.config_reload import ConfigReload
from kling_tui.tui.screens.filter_editor import FilterEditor
from kling_tui.tui.screens.first_run import FirstRun
from kling_tui.tui.screens.job_actions import JobActions
from kling_tui.tui.screens.job_changes import JobChanges
from kling_tui.tui.screens.polling_worker import PollingWorker
from kling_tui.tui.screens.refresh import Refresher
from kling_tui.tui.screens.result_actions import ResultActions
from kling_tui.tui.screens.selection import Selection
from kling_tui.tui.screens.shared_actions import SharedActions
from kling_tui.tui.screens.unavailable import UnavailableReasons
from kling_tui.tui.screens.view_actions import ViewActions
from kling_tui.tui.screens.view_selection import ViewSelection
from kling_tui.tui.unseen import Unseen
from kling_tui.tui.widgets.filter_line import FilterInput
from kling_tui.tui.widgets.job_table import JobTable


class MainScreenBase(SharedActions):
    """The parts of the main screen, and what happens when one of them reports a change.

    They report it to methods of this class, because none of them knows all of the others.
    """

    def __init__(
        self, dependencies: AppDependencies, desktop: Desktop, preferences: Preferences
    ) -> None:
        super().__init__()
        self._preferences = preferences
        self._dependencies = dependencies
        self._desktop = desktop
        self._store = dependencies.store
        self.warned_unsaved = False
        """Whether the user was told that quitting loses changes, and saving still fails."""
        self.last_input_at = monotonic()
        """When a key was pressed, or the mouse was used, for the last time."""
        names = JobNames()
        self.session = self._create_session()
        self.downloads = self._create_downloads(names)
        self._notifier = Notifier(self, dependencies, desktop, names)
        self.job_list = self._create_job_list(names)
        self.views = NamedViews(
            dependencies.views,
            SavedViews(dependencies.preferences_file, preferences.views),
            self.job_list,
            preferences.view,
            is_typing=lambda: isinstance(self.app.focused, FilterInput),
        )
        self._create_display(names)
        self._create_actions()
        self._create_settings()

    def _create_display(self, names: JobNames) -> None:
        """Create the table, and what shows changes of the jobs."""
        dependencies, marks = self._dependencies, Marks()
        self.table = JobTable("", marks, self._preferences.cursor, self._see_row, id="jobs")
        self.selection = Selection(self, dependencies.store.jobs, self.table, marks, names)
        self.unseen = Unseen(
            self,
            dependencies.store.jobs,
            self.table,
            self.session,
            self.job_list.view_counts.put,
        )
        self._budget = BudgetWatch(
            self, dependencies, lambda: self.job_list.breakdown, self._notifier
        )
        self.refresher = Refresher(
            self,
            dependencies,
            self.selection,
            session=self.session,
            job_list=self.job_list,
            views=self.views,
            downloads=self.downloads.queue,
            notifier=self._notifier,
            unseen=self.unseen,
            budget=self._budget,
        )
        self.refresher.hidden_columns = self._preferences.hidden_columns
        self._job_changes = JobChanges(
            self,
            self._store,
            self.selection,
            job_list=self.job_list,
            downloads=self.downloads,
            notifier=self._notifier,
            unseen=self.unseen,
            refresher=self.refresher,
        )

    def _create_actions(self) -> None:
        """Create the objects whose methods the keys run."""
        dependencies = self._dependencies
        self.job_actions = JobActions(
            self,
            dependencies,
            self.selection,
            session=self.session,
            downloads=self.downloads.queue,
            desktop=self._desktop,
            folding=self.job_list.folding,
            show_jobs=self._show_jobs,
        )
        self.result_actions = ResultActions(
            self, dependencies, self.selection, downloads=self.downloads, desktop=self._desktop
        )
        self.filter_editor = FilterEditor(self, self.job_list, self.table, self.refresher)
        self.view_actions = ViewActions(
            self,
            dependencies,
            self.job_list,
            self.selection,
            self.refresher,
            self.unseen,
            self.filter_editor,
        )
        self.view_selection = ViewSelection(
            self,
            dependencies,
            self.views,
            self.job_list,
            self.table,
            self.refresher,
            self.filter_editor,
            self.view_actions,
        )
        self.unavailable = UnavailableReasons(self.selection, dependencies.keys)

    def _create_settings(self) -> None:
        """Create what connects to the gateways, and applies changes of the config."""
        dependencies = self._dependencies
        self._polling = PollingWorker(self, dependencies, self.session)
        self.config_reload = ConfigReload(
            self,
            dependencies,
            session=self.session,
            polling=self._polling,
            downloads=self.downloads.queue,
            apply_notifications=self._notifier.apply_config,
            apply_views=self.view_selection.apply_config,
            show_settings=self._show_settings,
        )
        self.first_run = FirstRun(self, dependencies, self.config_reload, self._open_demo)

    def _create_job_list(self, names: JobNames) -> JobList:
        jobs, now = self._dependencies.store.jobs, self._dependencies.now
        return JobList(
            jobs,
            now,
            self._preferences.sort_order,
            reverse=self._preferences.reverse,
            names=names,
            job_filter=JobFilter(
                jobs, now, self._dependencies.endpoints, self._dependencies.profiles
            ),
            folded=self._preferences.folded,
        )

    def _create_downloads(self, names: JobNames) -> DownloadController:
        dependencies = self._dependencies
        return DownloadController(
            dependencies.store,
            self.session,
            dependencies.download_options,
            desktop=self._desktop,
            names=names,
            show_job=self._show_job,
            on_files_missing=self._show_jobs,
            download_all_key=displayed_key("download_all", dependencies.keys),
        )

    def _create_session(self) -> Session:
        dependencies = self._dependencies
        return Session(
            dependencies.store,
            endpoints=dependencies.endpoints,
            now=dependencies.now,
            on_poll=self._on_poll,
            on_external_change=self._on_external_change,
            other_changed=self._config_changed,
            on_check=self._on_check,
            before_load=dependencies.before_load,
            after_load=dependencies.after_load,
        )

    def _see_row(self, row_id: str) -> None:
        self.unseen.see(self.table.rows.jobs_in(row_id))

    def _on_poll(self, before: Job, polled: PollResult) -> None:
        # An unchanged job is shown with the next tick, so that one frame is enough for all polls.
        if polled.job.ended or polled.job.differs_from(before):
            self.post_message(JobUpdated(before, polled.job))

    def _show_job(self, job: Job) -> None:
        self._job_changes.show_job(job)

    def _show_jobs(self) -> None:
        self._job_changes.show_all()

    def _on_external_change(self) -> None:
        """Show what other processes changed, and whether the jobs could be saved."""
        if not self.session.problem:
            self.warned_unsaved = False
        self._job_changes.show_external()

    def _config_changed(self) -> bool:
        """Return whether to reload the config; called in a thread."""
        config = self._dependencies.config
        return config is not None and config.changed()

    def _on_check(self, config_changed: bool) -> None:  # noqa: FBT001 - passed on by the session
        self._dependencies.collect_garbage(monotonic() - self.last_input_at)
        if config_changed:
            self.config_reload.reload_soon()

    def _show_settings(self) -> None:
        """Show the jobs as the new settings have it."""
        self.first_run.close_if_done()
        self._show_jobs()

    async def _open_demo(self) -> None:
        await self.app.run_action("open_demo")
